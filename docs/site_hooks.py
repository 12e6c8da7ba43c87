"""Hooks of MkDocs: pages that are generated from the code, and links out of this folder.

Nothing that is generated is committed, so none of it can be out of date.
"""

import re
from pathlib import Path
from posixpath import normpath, relpath

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

from docs.api_reference import api_document, api_reference
from docs.command_reference import command_reference
from docs.settings_reference import settings_reference
from docs.state_diagram import drawing, table

ROOT = Path(__file__).parents[1]
# What pages of this folder refer to outside of it, for those who read them in the repository: where it is on the site.
ELSEWHERE = {
    "README.md#settings": "reference/settings.md",
    "deploy/.env.example": "source/env.example",
    "deploy/compose.yaml": "source/compose.yaml",
    "deploy/mysql/service-user.sh": "source/service-user.sh",
    "src/adapters/vision/models/model_description_json.py": "source/model_description_json.py",
}
STATES = "<!-- the table of transitions -->"

_LINK = re.compile(r"(\]\()(\.\./[^)\s]+)(\))")


def generated() -> dict[str, str]:
    """Every page and drawing that is made from the code, by its path on the site."""
    pages = {"api": api_reference(api_document()), "settings": settings_reference(), "commands": command_reference()}
    return {f"reference/{name}.md": "\n".join(lines) + "\n" for name, lines in pages.items()} | {
        "states.svg": drawing()
    }


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Complete the navigation, so that a new page need not be named in it to be found."""
    assert config.nav
    section = config.nav[-1]["How it works"]
    decisions = section[-1]
    folder = ROOT / "docs"
    decisions["Decisions"] += sorted(path.relative_to(folder).as_posix() for path in folder.glob("adr/[0-9]*.md"))
    known = str(config.nav)
    section[-1:-1] = sorted(path.name for path in folder.glob("*.md") if path.name not in known)
    return config


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add what is generated, and the files outside this folder that pages lead to."""
    for path, content in generated().items():
        files.append(File.generated(config, path, content=content))
    for source, path in ELSEWHERE.items():
        if path.startswith("source/"):
            files.append(File.generated(config, path, abs_src_path=str(ROOT / source)))
    return files


def on_page_markdown(markdown: str, page: Page, **_: object) -> str:
    """Turn links that leave this folder into links of the site; strict mode refuses one that is not known."""
    folder = page.file.src_uri.rpartition("/")[0]

    def on_site(link: re.Match[str]) -> str:
        target = normpath(f"docs/{folder}/{link[2]}")
        there = ELSEWHERE.get(target)
        return f"{link[1]}{relpath(there, folder or '.')}{link[3]}" if there else link[0]

    return _LINK.sub(on_site, markdown.replace(STATES, "\n".join(table())))
