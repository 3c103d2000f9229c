"""A PDF of a page of ours, made by a child process: laying out takes seconds of CPU, which no event loop has."""

from __future__ import annotations

import asyncio
import contextlib
import sys

from servicedesk.domain.errors import NoPdf

TIMEOUT_S = 60


async def pdf_of(html: str) -> bytes:
    """The page as PDF. Raises NoPdf."""
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "servicedesk.pdf", stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    try:
        async with asyncio.timeout(TIMEOUT_S):
            made, _ = await child.communicate(html.encode())
    except TimeoutError:
        made = b""
    finally:
        if child.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                child.kill()
            await child.wait()
    if child.returncode != 0 or not made.startswith(b"%PDF"):
        raise NoPdf
    return made


def _draw() -> None:
    from weasyprint import HTML  # noqa: PLC0415  # only the child has it in its memory

    def nothing(url: str, *_: object, **__: object) -> dict[str, object]:
        raise ValueError(url)  # the page holds all it needs

    sys.stdout.buffer.write(HTML(string=sys.stdin.buffer.read().decode(), url_fetcher=nothing).write_pdf())


if __name__ == "__main__":
    _draw()
