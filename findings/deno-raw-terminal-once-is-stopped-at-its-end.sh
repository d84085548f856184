#!/usr/bin/env bash
# Deno 2.9.6: a program that had the terminal in raw mode once cannot end in the background.
#
# Expected: after `setRaw(true)` and `setRaw(false)` the terminal is as it was, and the program as any other:
# suspended with Ctrl-Z and sent to the background with `bg` it runs to its end there.
# Seen: it runs, and at its end it is stopped instead ("Stopped", SIGTTOU) until somebody brings it to the
# front with `fg`: the runtime sets the terminal's modes once more at the exit, which a process in the
# background may not. The same program without the two calls ends ("Done").
# So: a long run that listens to keys must not be left in the background of a shell, where it would never
# exit, nor would `wait` return; unless it lets go of the terminal (closes its stdin) before it ends.
#
# Needs npm, python3 and bash. Fails if the behaviour changes.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund deno@2.9.6 >/dev/null
deno=$(find "$dir" -path '*linux*' -name deno -type f | head -1)
[ -n "$deno" ] || deno=$dir/node_modules/deno/deno
export NO_COLOR=1 DENO_DIR=$dir/cache DENO_NO_UPDATE_CHECK=1
cat >program.js <<'JS'
if (Deno.args[0] === "raw") {
  Deno.stdin.setRaw(true);
  Deno.stdin.setRaw(false);
}
console.log("it-has-begun");
setTimeout(() => console.log("it-is-over"), 4_000);
JS
cat >terminal.py <<'PY'
import os, pty, select, sys, time

deno, mode = sys.argv[1:]
pid, fd = pty.fork()
if pid == 0:
    os.environ["PS1"] = "> "
    os.execvp("bash", ["bash", "--norc", "--noprofile", "-i"])
text = ""


def shows(*any_of):
    """Waits for one of these, and returns it."""
    global text
    end = time.time() + 60
    while True:
        found = [what for what in any_of if what in text]
        if found:
            text = text[text.index(found[0]) + len(found[0]):]
            return found[0]
        if time.time() > end:
            raise SystemExit(f"none of {any_of} came:\n{text}")
        if select.select([fd], [], [], 0.2)[0]:
            text += os.read(fd, 65536).decode(errors="replace")


def types(what):
    os.write(fd, what.encode())


shows("> ")
types(f"'{deno}' run program.js {mode}\n")
shows("it-has-begun")
types("\x1a")
shows("Stopped")
types("bg\n")
shows("it-is-over")
time.sleep(2)
types("jobs\n")
print(f"{mode}:", shows("Stopped", "Done"))
types("kill -KILL %1 2>/dev/null\n")
shows("> ")
os.close(fd)
os.waitpid(pid, 0)
PY
{ python3 terminal.py "$deno" plain; python3 terminal.py "$deno" raw; } | tee seen.txt
diff - seen.txt <<'TXT'
plain: Done
raw: Stopped
TXT
echo "as found with Deno 2.9.6"
