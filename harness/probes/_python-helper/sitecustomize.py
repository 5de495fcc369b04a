"""What tidemark puts into a measured Python program: one thread that answers on a unix socket and sleeps otherwise.

Python imports a module of this name at start. It takes itself out of the environment at once, so that only the process
that was started holds it: never a fork server (a second thread there would be a hazard), never a job's process.
A request is one word, `collect`, `read`, `trace-start` or `trace-read` (the last two in an explain run only); the answer
is one line of JSON. 3.8 to 3.13; on 3.14 tasks are not counted.
"""

import os
import sys

_HERE = os.path.dirname(os.path.abspath(__file__))


def _leave_environment():
    """Children start as they would without us, and so does a `sitecustomize` of the program's own."""
    folder = os.environ.pop("TIDEMARK_PYTHON_FOLDER", "")
    names = os.environ.pop("TIDEMARK_PYTHON_CLASSES", "").split(",")
    kept = [path for path in os.environ.pop("PYTHONPATH", "").split(os.pathsep) if path not in ("", _HERE)]
    if kept:
        os.environ["PYTHONPATH"] = os.pathsep.join(kept)
    sys.path[:] = [path for path in sys.path if path != _HERE]
    own = sys.modules.pop(__name__)
    try:
        import sitecustomize  # noqa: F401
    except ImportError:
        # The import that is under way looks for it at its end.
        sys.modules[__name__] = own
    return folder, [name.strip() for name in names if name.strip()]


def _instances(names):
    """Objects of the classes of these names, `Room` or `livekit.rtc.room.Room`; None where there is no such class."""
    if not names:
        return {}
    import gc

    wanted = {}
    counts = dict.fromkeys(names)
    objects = gc.get_objects()
    for each in objects:
        # Only `type` tells the truth: an object may claim another class.
        if not issubclass(type(each), type):
            continue
        try:
            module, own = each.__module__, each.__qualname__
        except Exception:  # A metaclass may do anything when it is asked.
            continue
        for name in {type.__dict__["__name__"].__get__(each), "%s.%s" % (module, own)}.intersection(counts):
            counts[name] = 0
            # By id: a metaclass may make its classes unhashable.
            wanted.setdefault(id(each), []).append(name)
    for each in objects:
        for name in wanted.get(id(type(each)), ()):
            counts[name] += 1
    return counts


def _pending_tasks():
    """Tasks of every event loop that are not done; None where they cannot be counted."""
    tasks = getattr(sys.modules.get("asyncio"), "tasks", None)
    if tasks is None:
        return 0
    if sys.version_info >= (3, 14):
        return None
    known = getattr(tasks, "_scheduled_tasks", None) or getattr(tasks, "_all_tasks", ())
    for _ in range(100):
        try:
            return sum(1 for task in list(known) if not task.done())
        except RuntimeError:
            # The set changed while it was read: another thread runs a loop.
            continue
    return None


def _serve(folder, names):
    import gc
    import json
    import socket
    import threading

    def read():
        return {
            "blocks": sys.getallocatedblocks(),
            "tasks": _pending_tasks(),
            # Without this one.
            "threads": threading.active_count() - 1,
            "instances": _instances(names),
        }

    def collect():
        # What a program without a collector keeps is kept.
        if not gc.isenabled() or gc.get_threshold()[0] == 0:
            return {"collected": 0}
        # Twice: finalizers free what the second one then finds.
        return {"collected": gc.collect() + gc.collect()}

    def trace_start():
        import tracemalloc

        if not tracemalloc.is_tracing():
            tracemalloc.start(1)
        return []

    def trace_read():
        import tracemalloc

        gc.collect()
        found = tracemalloc.take_snapshot().statistics("lineno")[:400]
        return [
            {"file": one.traceback[0].filename, "line": one.traceback[0].lineno, "bytes": one.size, "count": one.count}
            for one in found
            if one.traceback[0].filename not in (__file__, tracemalloc.__file__)
        ]

    answers = {"read": read, "collect": collect, "trace-start": trace_start, "trace-read": trace_read}

    def answer(connection):
        word = connection.recv(64).decode().strip()
        connection.sendall((json.dumps(answers[word]()) + "\n").encode())

    def listen():
        while True:
            connection, _ = server.accept()
            try:
                answer(connection)
            except (OSError, KeyError):
                # The harness gave up waiting: it says so itself.
                pass
            finally:
                connection.close()

    server = socket.socket(socket.AF_UNIX)
    server.bind(os.path.join(folder, "%d.sock" % os.getpid()))
    server.listen(1)
    threading.Thread(target=listen, name="tidemark", daemon=True).start()


_folder, _names = _leave_environment()
if _folder:
    try:
        _serve(_folder, _names)
    except Exception as error:  # The program matters more than what is known about it.
        sys.stderr.write("tidemark's helper does not run: %s\n" % error)
