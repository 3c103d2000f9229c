"""Settings of django-helpdesk, as its documentation has them, for measuring its public form; run in its own environment."""

from __future__ import annotations

import os

SECRET_KEY = "measuring"
DEBUG = False
ALLOWED_HOSTS = ["*"]
INSTALLED_APPS = [
    "django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions", "django.contrib.messages",
    "django.contrib.sites", "django.contrib.admin", "django.contrib.humanize", "django.contrib.staticfiles",
    "rest_framework", "helpdesk",
]  # fmt: skip
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware", "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware", "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware", "django.contrib.messages.middleware.MessageMiddleware",
]  # fmt: skip
TEMPLATES = [{
    "BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True,
    "OPTIONS": {"context_processors": [
        "django.template.context_processors.request", "django.contrib.auth.context_processors.auth",
        "django.contrib.messages.context_processors.messages",
    ]},
}]  # fmt: skip
ROOT_URLCONF = "benchmarks.peers.helpdesk_urls"
DATABASES = {"default": {
    "ENGINE": "django.db.backends.postgresql", "NAME": os.environ["PEER_DATABASE"], "HOST": os.environ["PEER_HOST"],
    "USER": os.environ["PEER_USER"], "CONN_MAX_AGE": 60,
}}  # fmt: skip
SITE_ID = 1
STATIC_URL = "/static/"
MEDIA_ROOT = os.environ.get("PEER_MEDIA", "")
EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"
DEFAULT_AUTO_FIELD = "django.db.models.AutoField"
HELPDESK_TEAMS_MODE_ENABLED = False
HELPDESK_PUBLIC_ENABLED = True
HELPDESK_SUBMIT_A_TICKET_PUBLIC = True
USE_TZ = True
LOGGING_CONFIG = None
