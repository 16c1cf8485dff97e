"""A real SMTP server for tests, on a port of its own: it keeps what it is given."""

import asyncio
import contextlib
import threading
from collections.abc import Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any


class Mailbox:
    """Mails received, whether the next one is turned away, and addresses that nobody has (answer to each)."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.refuse = False
        self.unknown: dict[str, str] = {}
        self.port = 0

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        def say(line: str) -> None:
            writer.write(f"{line}\r\n".encode())

        say("220 test")
        while line := (await reader.readline()).decode().strip():
            verb = line[:4].upper()
            if verb == "DATA":
                say("354 go on")
                data = await reader.readuntil(b"\r\n.\r\n")
                mail: Any = message_from_bytes(data[:-3].replace(b"\r\n..", b"\r\n."), policy=policy.default)
                self.mails.append(mail)
            if verb == "MAIL" and self.refuse:
                say("451 later")
                continue
            said = next((answer for address, answer in self.unknown.items() if verb == "RCPT" and address in line), "")
            if said:
                say(said)
                continue
            say("221 bye" if verb == "QUIT" else "250 ok")
            await writer.drain()
            if verb == "QUIT":
                break
        writer.close()


@contextlib.contextmanager
def mail_server() -> Iterator[Mailbox]:
    """The server runs in a thread of its own until the block ends."""
    box, ready, ended = Mailbox(), threading.Event(), asyncio.Event()
    loops: list[asyncio.AbstractEventLoop] = []

    async def serve() -> None:
        loops.append(asyncio.get_running_loop())
        async with await asyncio.start_server(box.talk, "127.0.0.1", 0) as server:
            box.port = server.sockets[0].getsockname()[1]
            ready.set()
            await ended.wait()

    thread = threading.Thread(target=lambda: asyncio.run(serve()))
    thread.start()
    ready.wait(10)
    try:
        yield box
    finally:
        loops[0].call_soon_threadsafe(ended.set)
        thread.join(10)
