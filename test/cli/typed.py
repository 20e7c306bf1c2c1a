"""Runs a command in a terminal and types an answer at each question; prints the exit code and what the screen showed as JSON."""

import json
import os
import pty
import sys

QUESTION = b"[y/N] "

answers = json.loads(sys.argv[1])
pid, terminal = pty.fork()
if pid == 0:
    os.execvp(sys.argv[2], sys.argv[2:])  # noqa: S606 - what the test names
screen, read = b"", 0
while True:
    try:
        data = os.read(terminal, 65_536)
    except OSError:  # Linux says so at the end
        break
    if not data:
        break
    screen += data
    at = screen.find(QUESTION, read)
    if at >= 0:
        if not answers:
            break
        read = at + len(QUESTION)
        os.write(terminal, f"{answers.pop(0)}\r".encode())
os.close(terminal)
_, status = os.waitpid(pid, 0)
print(json.dumps({"code": os.waitstatus_to_exitcode(status), "screen": screen.decode("utf-8", "replace"), "left": answers}))
