"""A small local page on which a person rates one strip after the other."""

from __future__ import annotations

import contextlib
import hashlib
import html
import secrets
import sys
import threading
from dataclasses import dataclass, field
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs

import pandas as pd

from leglift.errors import UsageError
from leglift.schemas import (
    CANT_TELL_REASONS,
    EVIDENCE,
    LABELS_GIVEN,
    RATINGS,
    checked,
    read_checked,
)
from leglift.study.labels import write_table

HOST = "127.0.0.1"
_LARGEST_FORM = 10_000
_NUMBERS = {
    "onset_s": "onset, s",
    "onset_deg": "onset, deg",
    "height_flat_pct": "height flattest, %",
    "height_worst_pct": "height worst, %",
    "waistband_flat_deg": "waistband flattest, deg",
    "waistband_worst_deg": "waistband worst, deg",
}
_STYLE = (
    "body{font:15px sans-serif;margin:8px}img{max-width:100%}form{margin:8px 0}"
    "label{margin-right:12px;white-space:nowrap}fieldset{display:inline-block;"
    "border:1px solid #bbb;margin:0 6px 6px 0}input[type=number]{width:5em}"
    ".bad{color:#b00020;font-weight:bold}"
    "video{width:48%}"
)


@dataclass
class Desk:
    """One rater's strips and the file that the ratings go to; nothing else is known here."""

    folder: Path
    ratings_csv: Path
    rater: str
    token: str = field(default_factory=lambda: secrets.token_urlsafe(16))
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def codes(self) -> list[str]:
        """List all strips, in an order of this rater's own that stays the same."""
        names = [path.stem for path in self.folder.glob("*.png")]
        return sorted(names, key=lambda c: hashlib.sha256(f"{self.rater}/{c}".encode()).digest())

    def ratings(self) -> pd.DataFrame:
        """Read what has been rated so far."""
        if not self.ratings_csv.is_file():
            return pd.DataFrame(columns=list(RATINGS.columns))
        return read_checked(self.ratings_csv, RATINGS, "table of ratings")

    def open_codes(self) -> list[str]:
        """List the strips that are not rated yet."""
        done = set(self.ratings()["code"])
        return [code for code in self.codes() if code not in done]

    def save(self, form: dict[str, list[str]]) -> None:
        """Append one rating; raises `UsageError` when it is not as the guide wants it."""
        row = rating_of(form)
        if row["code"].iloc[0] not in self.codes():
            raise UsageError(f"{row['code'].iloc[0]}: no such strip")
        row = checked(row, RATINGS, row["code"].iloc[0])
        with self._lock:
            before = self.ratings()
            table = row if before.empty else pd.concat([before, row], ignore_index=True)
            write_table(checked(table, RATINGS, str(self.ratings_csv)), self.ratings_csv)


def rating_of(form: dict[str, list[str]]) -> pd.DataFrame:
    """One row of ratings from a form's fields; a missing field is an empty cell."""
    cells = {name: ";".join(form.get(name, [])).strip() for name in RATINGS.columns}
    if cells["label"] == "good" and not cells["severity"]:
        cells["severity"] = "0"
    cells["note"] = " ".join(cells["note"].split())
    row = pd.DataFrame([cells])
    numbers = [name for name, c in RATINGS.columns.items() if str(c.dtype) == "float64"]
    row[numbers] = row[numbers].replace("", None)
    return row


def page(desk: Desk, said: str = "") -> str:
    """Return the page with the next strip and its form, or the last page."""
    codes, n_all = desk.open_codes(), len(desk.codes())
    head = f"<!doctype html><meta charset=utf-8><title>leglift label</title><style>{_STYLE}</style>"
    if not codes:
        where = html.escape(str(desk.ratings_csv))
        return f"{head}<p>All {n_all} strips are rated. The ratings are in {where}.</p>"
    code = codes[0]
    warning = f"<p class=bad>{html.escape(said)}</p>" if said else ""
    return (
        f"{head}{warning}<p>{n_all - len(codes)} of {n_all} done. Rate by "
        "<a href=/guide target=_blank>the guide</a>. A mistake? Stop, delete its line in the file, "
        f"start again.</p>{_form(code, desk.token)}<img src=/{code}.png>{_films(desk, code)}"
    )


def _films(desk: Desk, code: str) -> str:
    names = [f"{code}_slow.mp4", f"{code}_flicker.mp4"]
    return "".join(
        f"<video src=/{name} controls loop muted></video>"
        for name in names
        if (desk.folder / name).is_file()
    )


def _form(code: str, token: str) -> str:
    numbers = "".join(
        f"<label>{words} <input type=number step=any name={name}></label>"
        for name, words in _NUMBERS.items()
    )
    return (
        f"<form method=post action=/rate><input type=hidden name=code value={code}>"
        f"<input type=hidden name=token value={token}>"
        f"{_choice('label', LABELS_GIVEN, 'radio', 'required')}"
        f"{_choice('severity', ('0', '1', '2', '3'), 'radio')}"
        f"{_choice('evidence', EVIDENCE, 'checkbox')}"
        f"{_choice('cant_tell_reason', CANT_TELL_REASONS, 'checkbox')}"
        f"{_choice('confidence', ('1', '2', '3'), 'radio', 'required')}"
        f"<fieldset>{numbers}</fieldset>"
        "<label>note <input name=note size=40></label><button>Save, next</button></form>"
    )


def _choice(name: str, words: tuple[str, ...], kind: str, extra: str = "") -> str:
    boxes = "".join(
        f"<label><input type={kind} name={name} value={word} {extra}>{word}</label>"
        for word in words
    )
    return f"<fieldset><legend>{name}</legend>{boxes}</fieldset>"


def serve(desk: Desk, guide: Path, port: int) -> None:
    """Serve the page on this machine only, until interrupted."""
    if not desk.folder.is_dir() or not desk.codes():
        raise UsageError(f"{desk.folder}: holds no strips; run leglift label strips first")
    desk.ratings()  # a broken file is found before the first rating, not after it
    server = Server(desk, guide, port)
    sys.stderr.write(f"rate on http://{HOST}:{server.server_port}/ ; stop with Ctrl-C\n")
    with server, contextlib.suppress(KeyboardInterrupt):
        server.serve_forever()
    sys.stderr.write(f"ratings are in {desk.ratings_csv}\n")


class Server(ThreadingHTTPServer):
    """Listens on this machine only."""

    def __init__(self, desk: Desk, guide: Path, port: int) -> None:
        self.desk, self.guide = desk, guide
        super().__init__((HOST, port), Handler)


class Handler(BaseHTTPRequestHandler):
    """Answers requests for the page, its pictures and the guide, and takes ratings."""

    server: Server

    def do_GET(self) -> None:
        """Send the page, the guide, or a picture or film of the folder."""
        desk, name = self.server.desk, self.path.lstrip("/")
        files = {p.name for p in desk.folder.iterdir() if p.suffix in (".png", ".mp4")}
        if name == "":
            self._send(page(desk).encode(), "text/html; charset=utf-8")
        elif name == "guide":
            self._send(self.server.guide.read_bytes(), "text/plain; charset=utf-8")
        elif name in files:
            kind = "image/png" if name.endswith(".png") else "video/mp4"
            self._send((desk.folder / name).read_bytes(), kind)
        else:
            self.send_error(HTTPStatus.NOT_FOUND)

    def do_POST(self) -> None:
        """Take one rating; what is not as the guide wants it is said above the same strip."""
        desk = self.server.desk
        length = int(self.headers.get("Content-Length") or 0)
        if not 0 < length <= _LARGEST_FORM:
            self.send_error(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
            return
        form = parse_qs(self.rfile.read(length).decode(errors="replace"))
        if form.get("token") != [desk.token]:  # another site's form, or an old page
            self.send_error(HTTPStatus.FORBIDDEN)
            return
        try:
            desk.save(form)
        except UsageError as error:
            self._send(page(desk, str(error)).encode(), "text/html; charset=utf-8")
            return
        self.send_response(HTTPStatus.SEE_OTHER)
        self.send_header("Location", "/")
        self.end_headers()

    def _send(self, body: bytes, kind: str) -> None:
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Keep the terminal quiet."""
