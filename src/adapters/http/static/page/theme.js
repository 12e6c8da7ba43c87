// Chooses light or dark before anything is painted. A classic script: modules run too late for that.
{
  const KEY = "predictor.theme";
  const page = document.documentElement;
  const systemIsDark = matchMedia("(prefers-color-scheme: dark)");
  // Storage may be forbidden; the choice then lasts as long as the page.
  const remember = (theme) => { try { localStorage.setItem(KEY, theme); } catch { /* forbidden */ } };
  const remembered = () => { try { return localStorage.getItem(KEY); } catch { return null; } };
  const isDark = () => (page.dataset.theme ?? (systemIsDark.matches ? "dark" : "light")) === "dark";

  const chosen = remembered();
  if (chosen === "dark" || chosen === "light") page.dataset.theme = chosen;

  document.addEventListener("DOMContentLoaded", () => {
    const button = document.getElementById("theme");
    const name = () => { button.textContent = isDark() ? "Light" : "Dark"; };
    button.addEventListener("click", () => {
      page.dataset.theme = isDark() ? "light" : "dark";
      remember(page.dataset.theme);
      name();
    });
    systemIsDark.addEventListener("change", name);
    name();
  });
}
