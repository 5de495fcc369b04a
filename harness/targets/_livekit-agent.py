"""The agent that target livekit-agents measures: joins, plays, listens, leaves. No plug-ins, no model, nothing kept."""

import asyncio
import json
import math
import os
from array import array
from collections.abc import Awaitable, Callable

from livekit import rtc
from livekit.agents import JobContext, JobExecutorType, WorkerOptions, cli

RATE = 48_000
# Frames of 10 ms, as libwebrtc wants them.
SAMPLES = RATE // 100


def frame_of_tone() -> rtc.AudioFrame:
    tone = array("h", (int(8000 * math.sin(2 * math.pi * 500 * at / RATE)) for at in range(SAMPLES)))
    return rtc.AudioFrame(tone.tobytes(), RATE, 1, SAMPLES)


async def play(room: rtc.Room, seconds: float) -> None:
    source = rtc.AudioSource(RATE, 1)
    track = rtc.LocalAudioTrack.create_audio_track("tone", source)
    await room.local_participant.publish_track(track)
    frame = frame_of_tone()
    for _ in range(round(seconds * 100)):
        await source.capture_frame(frame)
    # Neither unpublished nor closed: most agents just leave, and what leaving then leaves behind is the question.
    await source.wait_for_playout()


async def listen(room: rtc.Room, read: bool) -> Callable[[], Awaitable[None]]:
    heard: asyncio.Future[rtc.Track] = asyncio.get_running_loop().create_future()

    def found(track: rtc.Track | None) -> None:
        if track is not None and track.kind == rtc.TrackKind.KIND_AUDIO and not heard.done():
            heard.set_result(track)

    def subscribed(track: rtc.Track, *_: object) -> None:
        found(track)

    room.on("track_subscribed", subscribed)
    for participant in room.remote_participants.values():
        for publication in participant.track_publications.values():
            found(publication.track)
    stream = rtc.AudioStream(await heard)
    room.off("track_subscribed", subscribed)

    async def drain() -> None:
        async for _ in stream:
            pass

    reading = asyncio.create_task(drain()) if read else None

    async def close() -> None:
        await stream.aclose()
        if reading is not None:
            reading.cancel()

    return close


async def entrypoint(ctx: JobContext) -> None:
    wanted = json.loads(ctx.job.metadata)
    await ctx.connect()
    if wanted["toneMs"] > 0:
        await play(ctx.room, wanted["toneMs"] / 1000)
    if wanted["stream"] != "none":
        # The callback also keeps the stream until the job ends: one that nobody holds would not queue.
        ctx.add_shutdown_callback(await listen(ctx.room, read=wanted["stream"] == "read"))
    # An agent that stays is ended by the framework when its room is removed.
    print("tidemark: done", ctx.room.name, flush=True)
    if not wanted["stays"]:
        ctx.shutdown(reason="done")


if __name__ == "__main__":
    cli.run_app(
        WorkerOptions(
            entrypoint_fnc=entrypoint,
            agent_name=os.environ["TIDEMARK_AGENT_NAME"],
            job_executor_type=JobExecutorType[os.environ["TIDEMARK_EXECUTOR"].upper()],
            # Idle children blur the baseline.
            num_idle_processes=0,
            # A busy machine would refuse jobs. Any finite threshold is a trap without idle processes: 1.8.9 counts a job
            # that is just being started as a whole threshold of load, calls itself full for 2.5 s, and jobs are lost.
            load_fnc=lambda: 0.0,
            load_threshold=math.inf,
            # Starting an interpreter and importing took over 8 s under load.
            initialize_process_timeout=60,
            host="127.0.0.1",
            # Any free one; the harness finds it.
            port=0,
        )
    )
