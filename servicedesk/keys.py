"""What an application keeps, by key."""

from __future__ import annotations

import aiohttp
from aiohttp import web

from servicedesk.clock import Clock
from servicedesk.links import Links
from servicedesk.render import Pages
from servicedesk.settings import Settings
from servicedesk.store.db import Pool
from servicedesk.store.files import Files
from servicedesk.store.vault import Vault
from servicedesk.usecases.books import Books
from servicedesk.usecases.picturing import Coverer

SETTINGS = web.AppKey("SETTINGS", Settings)
POOL: web.AppKey[Pool] = web.AppKey("POOL")
VAULT = web.AppKey("VAULT", Vault)
BOOKS = web.AppKey("BOOKS", Books)
CLOCK = web.AppKey("CLOCK", Clock)
PAGES = web.AppKey("PAGES", Pages)
FILES: web.AppKey[Files] = web.AppKey("FILES")
LINKS = web.AppKey("LINKS", Links)
CLIENT = web.AppKey("CLIENT", aiohttp.ClientSession)
COVERER: web.AppKey[Coverer] = web.AppKey("COVERER")
