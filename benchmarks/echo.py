"""A FastAPI service that only reads the body and answers it, as a lower bound.

python -m benchmarks.echo PORT
"""

import sys

import uvicorn
from fastapi import FastAPI
from pydantic import BaseModel


class Body(BaseModel):
    """A picture in JSON."""

    name: str
    data: str


app = FastAPI()


@app.post("/echo")
async def echo(body: Body) -> Body:
    """The body as it came."""
    return body


@app.post("/short")
async def short(body: Body) -> dict[str, str]:
    """A part of it; without the work of sending it all back."""
    return {"name": body.name}


if __name__ == "__main__":
    uvicorn.run(app, port=int(sys.argv[1]), access_log=False, log_level="warning")
