"""Render jinja2 templates: pages for people, and the texts of deliveries."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from importlib import resources
from pathlib import Path
from typing import Any, Literal, TypeAlias
from urllib.parse import quote
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime, format_timedelta
from babel.messages.pofile import read_po
from jinja2 import Environment, FileSystemLoader, StrictUndefined, pass_context
from jinja2.runtime import Context

LANGUAGES = ("zh", "en")
_LOCALES = {"zh": "zh_Hans_CN", "en": "en_GB"}
_Unit: TypeAlias = Literal["day", "hour", "minute"]
_UNITS: tuple[tuple[_Unit, int], ...] = (("day", 86400), ("hour", 3600), ("minute", 60))
_PLACE = re.compile(r"\((-?\d{1,3}(?:\.\d+)?), (-?\d{1,3}(?:\.\d+)?)\)\s*$")
_WEB = re.compile(r"https?://[^\s<>\"]{4,2000}$")
_DEFAULT_ZONE = ZoneInfo("Asia/Shanghai")


def templates_folder() -> Path:
    """The folder of templates: inside an installed wheel, else beside the package in a checkout."""
    package = Path(str(resources.files("servicedesk")))
    installed = package / "templates"
    return installed if installed.is_dir() else package.parent / "templates"


class Pages:
    """Every template in every language; built once for a process."""

    def __init__(self, **shared: Any) -> None:
        self._environments = {language: _environment(language, shared) for language in LANGUAGES}

    def html(self, template: str, language: str = "zh", **context: Any) -> str:
        """A page, or a part of one, with everything it shows escaped."""
        environment = self._environments[language]
        return environment.get_template(template).render(language=language, **context)

    def words(self, language: str = "zh") -> Any:
        """The words of templates/words.html, for files that no template writes: its macros as functions."""
        return self._environments[language].get_template("words.html").module

    def text(self, template: str, context: Mapping[str, Any], language: str = "zh") -> str:
        """A plain text, such as a delivery; surrounding blank lines are dropped."""
        environment = self._environments[language]
        return environment.get_template(template).render(language=language, **context).strip()


def _environment(language: str, shared: Mapping[str, Any]) -> Environment:
    environment = Environment(
        loader=FileSystemLoader(templates_folder()),
        auto_reload=False,
        autoescape=_escapes,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    catalog = read_catalog(language)
    translate = catalog.get if catalog else None

    def gettext(message: str) -> str:
        return (translate(message) if translate else None) or message

    def ngettext(one: str, many: str, count: int) -> str:
        return gettext(one if count == 1 else many)

    environment.install_gettext_callables(gettext, ngettext, newstyle=True)  # type: ignore[attr-defined]
    environment.filters.update(
        moment=_moment_filter(language),
        day=_day_filter(language),
        span=_span_filter(language),
        map_link=map_link,
        web_link=web_link,
    )
    environment.globals.update(shared)
    return environment


def _escapes(template: str | None) -> bool:
    """All but plain texts."""
    return template is None or not template.endswith(".txt")


def read_catalog(language: str) -> dict[str, str]:
    """The translations of one language; Chinese is the source and has none."""
    folder = Path(str(resources.files("servicedesk"))) / "locale"
    path = folder / language / "LC_MESSAGES" / "messages.po"
    if not path.exists():
        return {}
    with path.open("rb") as stream:
        catalog = read_po(stream, locale=language)
    return {str(entry.id): str(entry.string) for entry in catalog if entry.id and entry.string}


def _zone(context: Context) -> ZoneInfo:
    zone = context.get("zone")
    return zone if isinstance(zone, ZoneInfo) else _DEFAULT_ZONE


def _moment_filter(language: str) -> Any:
    pattern = "M月d日 HH:mm" if language == "zh" else "d MMM HH:mm"

    @pass_context
    def moment(context: Context, value: datetime | None, form: str = pattern) -> str:
        if value is None:
            return ""
        local = value.astimezone(_zone(context))
        return format_datetime(local, form, locale=_LOCALES[language])

    return moment


def _day_filter(language: str) -> Any:
    pattern = "M月d日（EEEE）" if language == "zh" else "EEEE d MMMM"

    @pass_context
    def day(context: Context, value: datetime | date | str | None, form: str = pattern) -> str:
        if value is None:
            return ""
        if isinstance(value, str):
            value = date.fromisoformat(value)
        local = value.astimezone(_zone(context)).date() if isinstance(value, datetime) else value
        return _date_in_words(local, form, _LOCALES[language])

    return day


@lru_cache(maxsize=512)
def _date_in_words(day: date, form: str, locale: str) -> str:
    return format_date(day, form, locale=locale)


def map_link(body: str) -> str | None:
    """A map at the place of a location message; WeChat's coordinates are GCJ-02, which Amap takes as they are."""
    found = _PLACE.search(body)
    if found is None:
        return None
    latitude, longitude = float(found[1]), float(found[2])
    if not (-90 <= latitude <= 90 and -180 <= longitude <= 180):
        return None
    label = quote(body[: found.start()].strip()[:40])
    return f"https://uri.amap.com/marker?position={longitude},{latitude}&name={label}&coordinate=gaode"


def web_link(body: str) -> str | None:
    """The address in a link message's last line, if it is one of the web."""
    last = body.rsplit("\n", 1)[-1].strip()
    return last if _WEB.match(last) else None


def _span_filter(language: str) -> Any:
    def span(until: datetime | None, now: datetime) -> str:
        """A length of time in its largest unit that fits once: 7 days, 3 hours, 20 minutes."""
        if until is None:
            return ""
        seconds = abs((until.astimezone(UTC) - now.astimezone(UTC)).total_seconds())
        unit, size = next((each for each in _UNITS if seconds >= each[1]), _UNITS[-1])
        whole = timedelta(seconds=int(seconds // size) * size)
        # A threshold that is never reached keeps babel from choosing a larger unit, such as a week for eight days.
        return format_timedelta(whole, granularity=unit, threshold=10**9, locale=_LOCALES[language])

    return span
