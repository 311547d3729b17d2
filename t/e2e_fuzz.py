# SPDX-License-Identifier: MIT
"""e2e_fuzz: the fuzz targets, some seconds each

Each t/fuzz_NAME.c is built with libFuzzer, AddressSanitizer and UBSan, and
runs on its seeds in t/seeds/NAME and on what it makes from them, two targets
at a time. What makes it fail stays in build/fuzz/, named after the target.

FUZZ_SECONDS says how long, and then what was learnt is kept for the next
time, in build/fuzz/corpus/NAME; `make fuzz` runs each target ten minutes.
"""

import functools
import os
import re
import subprocess
import tempfile
from pathlib import Path

import harness
from common import TOP

RUN_SAN = False  # the targets bring their own sanitizers
TIME_LIMIT = 900  # nearly all of it to compile everything once more
LONG = os.environ.get("FUZZ_SECONDS")
SECONDS = int(LONG or "8")
BUILD_SECONDS = 800
AT_ONCE = 2
ONE_INPUT_SECONDS = 25  # a machine may be busy; linear code needs none
MEMORY_MIB = 1500
FUZZ = TOP / "build" / "fuzz"
SEEDS = TOP / "t" / "seeds"
NAMES = sorted(path.stem.partition("_")[2]
               for path in (TOP / "t").glob("fuzz_*.c"))
RUNTIME_TEST = b"int LLVMFuzzerTestOneInput(const char *p, unsigned long n);" \
    b"int LLVMFuzzerTestOneInput(const char *p, unsigned long n)" \
    b"{ return p == 0 && n > 0; }"
COVERAGE = re.compile(r" cov: (\d+) ft: ")
STATISTIC = re.compile(r"^stat::(\w+): +(\d+)$", re.MULTILINE)
SHOWN_LINES = 60


@functools.cache
def lacks_runtime():
    """Why no target can be built here, or None."""
    with tempfile.TemporaryDirectory() as folder:
        try:
            done = subprocess.run(
                ["clang", "-fsanitize=fuzzer,address,undefined", "-x", "c",
                 "-", "-o", folder + "/target"], input=RUNTIME_TEST,
                capture_output=True, timeout=60)
        except FileNotFoundError:
            return "clang is not installed"
    if done.returncode != 0:
        return "clang lacks libFuzzer (libclang-rt-14-dev)"
    return None


def corpus(name):
    """Where a target keeps what it learns; never the seeds' own folder."""
    if LONG is None:
        return Path(tempfile.mkdtemp(prefix="corpus-%s." % name))
    folder = FUZZ / "corpus" / name
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def fuzz(name):
    """Runs one target. Returns its exit status and all it wrote."""
    words = SEEDS / (name + ".dict")
    argv = [FUZZ / name, "-max_total_time=%d" % SECONDS,
            "-timeout=%d" % ONE_INPUT_SECONDS,
            "-rss_limit_mb=%d" % MEMORY_MIB, "-print_final_stats=1",
            "-artifact_prefix=%s/%s-" % (FUZZ, name),
            *(["-dict=%s" % words] if words.exists() else []),
            corpus(name), SEEDS / name]
    done = subprocess.run([str(a) for a in argv], stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          timeout=SECONDS + 120)
    return done.returncode, done.stdout.decode(errors="replace")


class Fuzz(harness.Case):
    def test_every_target_has_seeds_and_every_seed_a_target(self):
        folders = sorted(p.name for p in SEEDS.iterdir() if p.is_dir())
        self.assertEqual(folders, NAMES)
        for name in NAMES:
            with self.subTest(name):
                self.assertTrue(any((SEEDS / name).iterdir()))
        for words in SEEDS.glob("*.dict"):
            self.assertIn(words.stem, NAMES)

    def test_no_target_finds_anything(self):
        reason = lacks_runtime()
        if reason:
            self.skipTest(reason)
        self.build()
        results = harness.together(
            *[functools.partial(fuzz, name) for name in NAMES],
            workers=AT_ONCE)
        for name, (status, text) in zip(NAMES, results):
            with self.subTest(name):
                self.judge(name, status, text)

    def build(self):
        env = {k: v for k, v in os.environ.items()
               if not k.startswith(("MAKE", "MFLAGS"))}
        done = subprocess.run(
            ["make", "-s", "-j2", "--no-print-directory",
             *["build/fuzz/" + name for name in NAMES]], cwd=TOP, env=env,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, timeout=BUILD_SECONDS)
        self.assertEqual(done.returncode, 0,
                         done.stdout.decode(errors="replace"))

    def judge(self, name, status, text):
        shown = "\n".join(text.splitlines()[-SHOWN_LINES:])
        self.assertEqual(status, 0, shown)
        said = dict(STATISTIC.findall(text))
        edges = [int(n) for n in COVERAGE.findall(text)]
        runs = int(said.get("number_of_executed_units", 0))
        seeds = sum(1 for _ in (SEEDS / name).iterdir())
        # It ran all the seeds, and made something of them.
        self.assertGreater(runs, seeds, shown)
        self.assertTrue(edges, shown)
        harness.comment("%s: %d runs, %s a second, %d edges covered" % (
            name, runs, said["average_exec_per_sec"], edges[-1]))


if __name__ == "__main__":
    harness.main()
