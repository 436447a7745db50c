"""Small pages of the plugin's own, and the headers that keep every page from doing harm."""

from html import escape

from fastapi.responses import HTMLResponse

HEADERS = {
    "Content-Security-Policy": "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'self'",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
}
"""A page comes from S3, so it gets no script, no request of its own, no cookie, and leaves no copy behind."""

_STYLE = "body { font: 15px/1.5 system-ui, sans-serif; margin: 4rem auto; max-width: 40rem; padding: 0 1rem; color: #1c2733 }"


def message_page(status: int, title: str, text: str, link: tuple[str, str] | None = None) -> HTMLResponse:
    """A page that says what is wrong and what to do.

    :param link: words and address of a next step
    """
    step = f'<p><a href="{escape(link[1])}">{escape(link[0])}</a></p>' if link else ""
    content = (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        f"<style>{_STYLE}</style></head><body><h1>{escape(title)}</h1><p>{escape(text)}</p>{step}</body></html>\n"
    )
    return HTMLResponse(content, status, HEADERS)
