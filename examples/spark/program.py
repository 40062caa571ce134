"""A program that answers a stream of octets with lines, fed and read at the same time."""

import os
import subprocess
import tempfile
import threading
from collections.abc import Iterator

# What is told of a failed program's complaints: enough for a sentence or two, whatever it wrote.
MOST_COMPLAINT = 2_000


class ProgramFailed(Exception):
    """The program could not do its work, so that the task is to be tried again."""


def answers(command: list[str], octets: Iterator[bytes]) -> Iterator[bytes]:
    """The lines that `command` writes when `octets` are written to it.

    One process for all of them: it is fed from a thread, because the program may write before it has read everything. Who fed it from
    here would wait for it to read while it waits for its lines to be read. Pipes hold little, so neither side gets far ahead, and
    memory does not grow with the stream.
    """
    with tempfile.TemporaryFile() as complaints:
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=complaints)
        feeder = _Feeder(process, octets)
        feeder.start()
        try:
            yield from process.stdout
            status = process.wait()
            # A program that has failed reads no more, and nobody waits for what was still to come.
            if status != 0:
                raise ProgramFailed(f"{command[0]} ended with status {status}: {_end_of(complaints)}")
            feeder.join()
            if feeder.error is not None:
                raise feeder.error
        finally:
            if process.poll() is None:
                process.kill()
            process.wait()
            process.stdout.close()


class _Feeder(threading.Thread):
    def __init__(self, process: subprocess.Popen, octets: Iterator[bytes]) -> None:
        # A task that fails does not wait for its input.
        super().__init__(daemon=True)
        self.process = process
        self.octets = octets
        self.error: BaseException | None = None

    def run(self) -> None:
        try:
            for chunk in self.octets:
                self.process.stdin.write(chunk)
        except BrokenPipeError:
            # The program has ended; its status, or what is missing of its answers, tells why.
            pass
        except BaseException as error:
            self.error = error
        finally:
            try:
                self.process.stdin.close()
            except BrokenPipeError:
                pass


def _end_of(complaints) -> str:
    size = complaints.seek(0, os.SEEK_END)
    complaints.seek(max(0, size - MOST_COMPLAINT))
    return complaints.read().decode(errors="replace").strip() or "no word of why"
