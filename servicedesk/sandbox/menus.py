"""The account's menu: at most three buttons, each with at most five below it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from servicedesk.sandbox.errors import PlatformError

MOST_BUTTONS = 3
MOST_BELOW = 5
LARGEST_NAME = 16
LARGEST_NAME_BELOW = 60
LARGEST_KEY = 128
LARGEST_URL = 1024
_KEYED = {"click", "scancode_push", "scancode_waitmsg", "pic_sysphoto", "pic_photo_or_album", "pic_weixin",
          "location_select"}  # fmt: skip
_LINKED = {"view", "miniprogram"}
_OTHER = {"media_id", "view_limited", "article_id", "article_view_limited"}


@dataclass(frozen=True)
class MenuButton:
    """A button of the menu, or the list that it opens."""

    name: str
    kind: str
    key: str
    url: str
    below: tuple[MenuButton, ...]


def checked_menu(body: Mapping[str, Any]) -> dict[str, Any]:
    """The menu of a menu/create; 40016 number, 40017 type, 40018 name, 40019 key, 40020 address."""
    buttons = body.get("button")
    if not isinstance(buttons, list) or not 1 <= len(buttons) <= MOST_BUTTONS:
        raise PlatformError(40016)
    for button in buttons:
        below = _checked_button(button, LARGEST_NAME)
        if len(below) > MOST_BELOW:
            raise PlatformError(40016)
        for lower in below:
            if _checked_button(lower, LARGEST_NAME_BELOW):
                raise PlatformError(40016)
    return {"button": buttons}


def self_menu(menu: Mapping[str, Any]) -> dict[str, Any]:
    """The menu in the form of get_current_selfmenu_info, where buttons below are in a list."""
    return {"button": [_self_button(button) for button in menu["button"]]}


def shown_menu(menu: Mapping[str, Any]) -> tuple[MenuButton, ...]:
    """The menu as the phone shows it; none is an empty one."""
    return tuple(_shown_button(button) for button in menu.get("button", ()))


def _shown_button(button: Mapping[str, Any]) -> MenuButton:
    kind, key, url = (str(button.get(name) or "") for name in ("type", "key", "url"))
    below = tuple(_shown_button(one) for one in button.get("sub_button") or ())
    return MenuButton(str(button["name"]), kind, key, url, below)


def _checked_button(button: Any, largest_name: int) -> list[Any]:
    if not isinstance(button, Mapping):
        raise PlatformError(47001)
    if not 1 <= len(str(button.get("name", "")).encode()) <= largest_name:
        raise PlatformError(40018)
    below = button.get("sub_button") or []
    if not isinstance(below, list):
        raise PlatformError(47001)
    if below:
        return below
    kind = button.get("type")
    if kind not in _KEYED | _LINKED | _OTHER:
        raise PlatformError(40017)
    if kind in _KEYED and not 1 <= len(str(button.get("key", "")).encode()) <= LARGEST_KEY:
        raise PlatformError(40019)
    if kind in _LINKED and not 1 <= len(str(button.get("url", "")).encode()) <= LARGEST_URL:
        raise PlatformError(40020)
    return []


def _self_button(button: Mapping[str, Any]) -> dict[str, Any]:
    if not button.get("sub_button"):
        return {name: value for name, value in button.items() if name != "sub_button"}
    return {"name": button["name"], "sub_button": {"list": [_self_button(one) for one in button["sub_button"]]}}
