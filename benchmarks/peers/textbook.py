"""The textbook: Flask, wechatpy, psycopg2, gunicorn with two workers; the same rows in one transaction for each message."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

import psycopg2.pool
from flask import Flask, request
from wechatpy import parse_message
from wechatpy.crypto import WeChatCrypto
from wechatpy.replies import TextReply

app = Flask(__name__)
crypto = WeChatCrypto(os.environ["PEER_TOKEN"], os.environ["PEER_AES_KEY"], os.environ["PEER_APPID"])
pool = psycopg2.pool.ThreadedConnectionPool(1, 4, os.environ["PEER_DSN"])
STATEMENT = Path(os.environ["PEER_SQL"]).read_text("utf-8")


@app.post("/wechat/<account>")
def receive(account: str) -> str:
    """Decrypt, store, answer."""
    args = request.args
    xml = crypto.decrypt_message(request.data, args["msg_signature"], args["timestamp"], args["nonce"])
    message = parse_message(xml)
    conn = pool.getconn()
    try:
        with conn, conn.cursor() as cursor:
            cursor.execute(
                STATEMENT,
                {
                    "code": account,
                    "openid": message.source,
                    "dedupe_key": f"t:{message.id}",
                    "body": message.content,
                    "reply": json.dumps({"template": "received", "facts": {}}),
                },
            )
            number = cursor.fetchone()[0]
    finally:
        pool.putconn(conn)
    reply = TextReply(content=f"您的来信收到了，编号 {number}。", message=message)
    return crypto.encrypt_message(reply.render(), args["nonce"], str(int(time.time())))
