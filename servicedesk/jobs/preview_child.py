"""Make a preview of one file: read from stdin, written to stdout, in a process with limits of memory and time.

Decoders of pictures and voices read what strangers send; whatever happens to them happens here.
"""

from __future__ import annotations

import io
import resource
import sys

SIDE = 480
LARGEST_PIXELS = 60_000_000
LONGEST_VOICE_S = 300
_MEMORY_BYTES = 1536 * 1024 * 1024
_CPU_S = 20


def picture(content: bytes) -> bytes:
    """A small JPEG, upright, without what the camera wrote about place and time."""
    from PIL import Image, ImageOps  # noqa: PLC0415  # only the one of the two that is needed

    Image.MAX_IMAGE_PIXELS = LARGEST_PIXELS
    with Image.open(io.BytesIO(content), formats=("JPEG", "PNG", "GIF", "WEBP")) as opened:
        opened.draft("RGB", (SIDE * 2, SIDE * 2))
        image = ImageOps.exif_transpose(opened).convert("RGBA")
    image.thumbnail((SIDE, SIDE))
    flat = Image.new("RGB", image.size, "white")
    flat.paste(image, mask=image.getchannel("A"))
    out = io.BytesIO()
    flat.save(out, "JPEG", quality=82, optimize=True)
    return out.getvalue()


def voice(content: bytes) -> bytes:
    """An MP3: AMR, which phones record, is played by no browser."""
    import av  # noqa: PLC0415

    out = io.BytesIO()
    with av.open(io.BytesIO(content), "r", format="amr") as source, av.open(out, "w", format="mp3") as target:
        stream = target.add_stream("libmp3lame", rate=16_000, layout="mono")
        stream.bit_rate = 32_000
        resampler = av.AudioResampler(format="s16p", layout="mono", rate=16_000)
        for frame in source.decode(audio=0):
            if frame.time is not None and frame.time > LONGEST_VOICE_S:
                break
            for part in resampler.resample(frame):
                target.mux(stream.encode(part))
        for part in resampler.resample(None):
            target.mux(stream.encode(part))
        target.mux(stream.encode(None))
    return out.getvalue()


def confine() -> None:
    """Bound this process's memory and time from here on."""
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY_BYTES, _MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (_CPU_S, _CPU_S))


def main() -> None:
    """The kind of preview is the argument."""
    confine()
    made = {"picture": picture, "voice": voice}[sys.argv[1]](sys.stdin.buffer.read())
    sys.stdout.buffer.write(made)


if __name__ == "__main__":
    main()
