"""Figures as sheets: rows in people's words, as CSV and XLSX."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from typing import Any

import xlsxwriter

from servicedesk.domain.figures import NAMES
from servicedesk.domain.model import Account
from servicedesk.render import Pages
from servicedesk.usecases.figure_views import RATES, Figures, FiguresPage

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
Row = tuple[str, list[Any]]  # how it is written: head, line, or rates
_COUNTS = ("received", "answered", "open", "merged", "withdrawn", "returned")
_FORMULAS = ("=", "+", "-", "@", "\t", "\r")


def rows_of(pages: Pages, view: FiguresPage, account: Account, language: str) -> list[Row]:
    """Every table of the page, one under another."""
    words = pages.words(language)

    def head(first: str) -> Row:
        names = [words.count_name(name) for name in _COUNTS] + [words.rate_name(name) for name in RATES]
        times = [words.in_minutes(f"{words.time_name(name)} {share}") for name in NAMES for share in (words.median(), "P90")]
        return "head", [str(each) for each in (first, *names, *times)]

    named: Any
    rows: list[Row] = [
        ("title", [account.name, f"{view.since} – {view.until}"]), head(words.span_name("")),
        _line(str(words.all_departments()), view.now), _line(f"{view.before_since} –", view.before),
    ]  # fmt: skip
    for first, parts, named in (
        (words.department_head(), view.departments, lambda part: part.name or words.nobody()),
        (words.kind_head(), view.kinds, lambda part: words.kind(part.key)),
        (words.day_head(), view.days, lambda part: part.key),
    ):
        rows += [("line", []), head(first), *(_line(str(named(part)), part.figures) for part in parts)]
    return rows


def csv_of(rows: Sequence[Row]) -> bytes:
    """UTF-8 with a mark, by which Excel knows it."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerows([_plain(value) for value in values] for _, values in rows)
    return "\ufeff".encode() + out.getvalue().encode()


def xlsx_of(rows: Sequence[Row]) -> bytes:
    """A workbook with one sheet; CPU work of some milliseconds."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}) as book:
        sheet = book.add_worksheet()
        bold, share = book.add_format({"bold": True}), book.add_format({"num_format": "0.0%"})
        for number, (how, values) in enumerate(rows):
            for column, value in enumerate(values):
                rated = how == "line" and len(_COUNTS) < column <= len(_COUNTS) + len(RATES)
                sheet.write(number, column, value, bold if how in ("head", "title") else share if rated else None)
        sheet.set_column(0, 0, 22)
        sheet.freeze_panes(2, 1)
    return out.getvalue()


def _line(name: str, figures: Figures) -> Row:
    counts = [figures.counts[each] for each in _COUNTS]
    rates = [None if value is None else round(value, 4) for value in figures.rates.values()]
    times = [minutes for name_ in NAMES for minutes in figures.times[name_]]
    return "line", [name, *counts, *rates, *times]


def _plain(value: Any) -> Any:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULAS) else value
