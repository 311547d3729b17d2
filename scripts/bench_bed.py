#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""bench_bed: the part of the benchmark that runs inside scripts/systemd-bed

    bench_bed.py SPECIFICATION

Makes a socket unit with Accept=yes for each instance of the specification,
from the units that are shipped, says "ready", and answers the questions that
bench_servers.Bed asks, a line of JSON each. Everything it changes is in the
bed and vanishes with it.
"""

import json
import os
import pathlib
import shutil
import subprocess
import sys

import bench_servers

UNITS = pathlib.Path('/etc/systemd/system')
PROGRAM = '/usr/local/bin/mailpit'


def run(*argv):
    subprocess.run(argv, check=True, stdout=sys.stderr)


def give(path):
    """Everything at path to the user of the units."""
    run('chown', '-R', 'mailpit:mailpit', str(path))


def settings(name, instance):
    """What an instance has of its own, in place of what the units say."""
    return {
        '@BINDIR@/mailpit': PROGRAM,
        'EnvironmentFile=-/etc/mailpit/mailpit.env':
            f'EnvironmentFile=/etc/mailpit/{name}.env',
        'ListenStream=1025\n': f'ListenStream={instance["address"]}\n',
        'BindIPv6Only=both\n': '',
        'Wants=mailpit-prune.timer\n': '',
    }


def unit(source, name, instance):
    """The text of a shipped unit for an instance."""
    text = source.read_text(encoding='utf-8')
    for old, new in settings(name, instance).items():
        text = text.replace(old, new)
    if f'/{name}.env' not in text:
        raise RuntimeError(f'{source.name} has no EnvironmentFile=')
    return text


def install(specification):
    units = pathlib.Path(specification['units'])
    run('systemd-sysusers', str(units / 'sysusers.d/mailpit.conf'))
    shutil.copy(specification['program'], PROGRAM)
    os.makedirs('/etc/mailpit', exist_ok=True)
    for path in specification['secrets']:
        give(path)
    for name, instance in specification['instances'].items():
        give(instance['maildir'])
        pathlib.Path(f'/etc/mailpit/{name}.env').write_text(''.join(
            f'{key}={value}\n' for key, value in instance['env'].items()),
            encoding='utf-8')
        for kind in ('.socket', '@.service'):
            (UNITS / f'{name}{kind}').write_text(
                unit(units / f'mailpit{kind}', name, instance),
                encoding='utf-8')
    run('systemctl', 'daemon-reload')
    run('systemctl', 'start',
        *(f'{name}.socket' for name in specification['instances']))


def pids(name):
    """The processes of all connections of an instance."""
    found = []
    for path in pathlib.Path('/sys/fs/cgroup/system.slice').glob(
            f'**/{name}@*/cgroup.procs'):
        try:
            found += [int(pid) for pid in path.read_text().split()]
        except OSError:
            pass
    return found


def answer(question):
    if 'load' in question:
        done = subprocess.run(question['load'], check=False,
                              capture_output=True, text=True)
        if done.returncode != 0:
            raise RuntimeError(done.stderr)
        return done.stdout
    name, address = question['name'], question['address']
    facts = {'banner_ms': bench_servers.banner_ms(address,
                                                  question['banners'])}
    if 'sessions' in question:
        escaped = name.replace('-', '\\x2d')
        facts |= bench_servers.memory(
            lambda: pids(name) + pids(escaped), address, question['sessions'])
    return facts


def main(path):
    with open(path, encoding='utf-8') as spec:
        specification = json.load(spec)
    try:
        install(specification)
    except (OSError, RuntimeError, subprocess.CalledProcessError) as error:
        print(f'units do not start in the bed: {error}', file=sys.stderr)
        return 1
    print('ready', flush=True)
    for line in sys.stdin:
        try:
            reply = {'answer': answer(json.loads(line))}
        except (OSError, RuntimeError) as error:
            reply = {'error': str(error)}
        print(json.dumps(reply), flush=True)
    return 0


if __name__ == '__main__':
    sys.exit(main(sys.argv[1]))
