"""The project's own promises: the package list, the texts, the logs, settings and time."""

from __future__ import annotations

import ast
import json
import logging
import re
from datetime import timedelta
from pathlib import Path

import pytest
from babel.messages.pofile import read_po
from setuptools import find_packages
from setuptools.config.setupcfg import read_configuration

from servicedesk import logs
from servicedesk.clock import Clock
from servicedesk.render import LANGUAGES, Pages, read_catalog
from servicedesk.settings import read_settings
from servicedesk.store.vault import Vault, WrongKey
from tests.desk import KEY, NOW

ROOT = Path(__file__).parent.parent.parent
CHINESE = re.compile(r"[\u4e00-\u9fff]")


def test_every_package_is_listed() -> None:
    listed = set(read_configuration(ROOT / "setup.cfg")["options"]["packages"])
    assert listed == {
        *find_packages(str(ROOT), include=["servicedesk", "servicedesk.*"]),
        "servicedesk.sql",
        "servicedesk.templates",
    }


def test_no_words_for_people_stand_in_the_pages_python() -> None:
    """None of the text in Python: what pages say lives in templates, so that it can be read and translated."""
    for path in sorted((ROOT / "servicedesk").rglob("*.py")):
        if {"language", "sandbox", "domain"} & set(path.relative_to(ROOT).parts) or path.name == "__main__.py":
            continue  # there Chinese words are what is being recognised, or a demo's own story
        tree = ast.parse(path.read_text("utf-8"))
        documented = {
            id(node.body[0].value)
            for node in ast.walk(tree)
            if isinstance(node, (ast.Module, ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef))
            and node.body and isinstance(node.body[0], ast.Expr)
        }  # fmt: skip
        texts = [
            node.value
            for node in ast.walk(tree)
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in documented
        ]
        assert not [text for text in texts if CHINESE.search(text)] or path.name in {"setting_up.py", "render.py"}, (
            path
        )  # 调休; date patterns


def test_the_english_catalog_is_complete_and_keeps_every_placeholder() -> None:
    texts = _texts_of_templates()
    with (ROOT / "servicedesk/locale/en/LC_MESSAGES/messages.po").open("rb") as stream:
        catalog = {str(entry.id): str(entry.string) for entry in read_po(stream) if entry.id}
    assert sorted(text for text in texts if not catalog.get(text)) == []
    for text, english in catalog.items():
        assert sorted(re.findall(r"%\(\w+\)s", text)) == sorted(re.findall(r"%\(\w+\)s", english)), text
        named = dict.fromkeys(re.findall(r"%\((\w+)\)s", text), "")
        # Every text is formatted, so a sign of per cent stands twice.
        assert "%(" not in text % named + english % named


def test_chinese_texts_use_full_width_punctuation() -> None:
    wrong = [text for text in _texts_of_templates() if re.search(r"[\u4e00-\u9fff][,;:?!(]", text)]
    assert wrong == []


def test_every_template_can_be_read_in_every_language() -> None:
    pages = Pages()
    for language in LANGUAGES:
        environment = pages._environments[language]
        for name in environment.list_templates():
            environment.get_template(name)
    assert read_catalog("zh") == {}
    assert len(read_catalog("en")) > 250


def test_a_log_line_holds_only_listed_fields() -> None:
    kept = logs.keep_allowed(None, "", {"event": "x", "status": 200, "text": "我叫张三", "openid": "o1", "phone": "1"})
    assert kept == {"event": "x", "status": 200}


def test_an_exception_is_logged_by_its_place_and_never_by_its_words(capsys: pytest.CaptureFixture[str]) -> None:
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    logs.configure()
    try:
        try:
            int("13800001234 张三")
        except ValueError:
            logging.getLogger("anything").exception("failed")
    finally:
        root.handlers[:], root.level = before, level
    line = json.loads(capsys.readouterr().err)
    assert line["error"] == "ValueError"
    assert "test_project.py" in line["exception"][-1]
    assert "张三" not in json.dumps(line, ensure_ascii=False)


def test_settings_say_which_variable_is_wrong(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="PORT"):
        read_settings({"PORT": "eighty", "SERVICEDESK_HOME": str(tmp_path)})
    with pytest.raises(ValueError, match="SERVICEDESK_SECRET_KEY"):
        read_settings({"SERVICEDESK_SECRET_KEY": "short", "SERVICEDESK_HOME": str(tmp_path)})


def test_a_key_is_made_once_and_kept_for_its_owner_alone(tmp_path: Path) -> None:
    first = read_settings({"SERVICEDESK_HOME": str(tmp_path)})
    assert read_settings({"SERVICEDESK_HOME": str(tmp_path)}).secret_keys == first.secret_keys
    assert (tmp_path / "secret.key").stat().st_mode & 0o777 == 0o600


def test_secrets_are_encrypted_and_an_older_key_still_reads() -> None:
    from cryptography.fernet import Fernet

    newer = Fernet.generate_key().decode()
    sealed = Vault([KEY]).seal("geheim")
    assert b"geheim" not in sealed
    assert Vault([newer, KEY]).unseal(sealed) == "geheim"
    with pytest.raises(WrongKey):
        Vault([newer]).unseal(sealed)


def test_only_a_demos_clock_can_be_moved(tmp_path: Path) -> None:
    clock = Clock(tmp_path / "offset")
    clock.advance(timedelta(hours=1))
    clock.advance(timedelta(days=1))
    assert Clock(tmp_path / "offset").offset() == timedelta(days=1, hours=1)
    assert clock.now() - clock.wall() > timedelta(days=1)
    with pytest.raises(ValueError, match="cannot be moved"):
        Clock().advance(timedelta(hours=1))


def test_dates_and_spans_are_written_as_people_say_them() -> None:
    from zoneinfo import ZoneInfo

    pages = Pages(zone=ZoneInfo("Asia/Shanghai"))
    environment = pages._environments["zh"]
    template = environment.from_string("{{ at|moment }} {{ '2026-11-25'|day }}{{ none|day }}")
    assert template.render(at=NOW, none=None) == "11月25日 10:00 11月25日（星期三）"
    spans = environment.from_string("{{ then|span(at) }}")
    for ahead, said in (
        (timedelta(hours=3, minutes=59), "3小时"),
        (timedelta(days=8, hours=23), "8天"),
        (timedelta(seconds=90), "1分钟"),
    ):
        assert spans.render(at=NOW, then=NOW + ahead) == said
        assert spans.render(at=NOW, then=NOW - ahead) == said
    assert pages._environments["en"].from_string("{{ then|span(at) }}").render(at=NOW, then=NOW + timedelta(days=2)) == "2 days"


def _texts_of_templates() -> set[str]:
    from babel.messages.extract import extract_from_dir

    method = [("**.html", "jinja2"), ("**.txt", "jinja2")]
    found = extract_from_dir(str(ROOT / "templates"), method)
    return {str(message) for _, _, message, _, _ in found if message}
