# SPDX-License-Identifier: MIT
"""bench_servers: what the benchmark measures, started and stopped

Each Server listens on a port of its own. What cannot be had is noted with the
reason in a dictionary, so that its rows say so.
"""

import base64
import hashlib
import json
import os
import pathlib
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time

USER, PASSWORD = 'bench', 'a password for the benchmark'
MAILPIT = 'build/mailpit'
PEERS = 'build/peers'
READY_SECONDS = 30


def free_address():
    with socket.socket() as s:
        s.bind(('127.0.0.1', 0))
        return f'127.0.0.1:{s.getsockname()[1]}'


def dial(address):
    """A connection whose banner has come."""
    host, port = address.split(':')
    s = socket.create_connection((host, int(port)), 10)
    if s.recv(512)[:3] != b'220':
        s.close()
        raise OSError('no banner')
    return s


def banner_ms(address, count):
    """Milliseconds from connect to the banner, one connection at a time."""
    taken = []
    for _ in range(count):
        start = time.perf_counter()
        with dial(address) as s:
            taken.append((time.perf_counter() - start) * 1000)
            s.sendall(b'QUIT\r\n')
            while s.recv(512):
                pass
    return round(statistics.median(taken), 3)


def kilobytes(pids, *names):
    """The sum of these fields of smaps_rollup, in kB."""
    total = 0
    for pid in pids:
        try:
            lines = pathlib.Path(f'/proc/{pid}/smaps_rollup').read_text(
                encoding='ascii').splitlines()
        except OSError:
            continue
        total += sum(int(line.split()[1]) for line in lines
                     if line.split(':')[0] in names)
    return total


def memory(find_pids, address, count):
    """What is there while nothing happens, and what each idle session adds."""
    private = ('Private_Clean', 'Private_Dirty')
    time.sleep(0.5)
    pids = find_pids()
    found = {'processes': len(pids), 'pss_kb': kilobytes(pids, 'Pss')}
    before = kilobytes(pids, *private)
    sessions = [dial(address) for _ in range(count)]
    time.sleep(0.3)
    after = kilobytes(find_pids(), *private)
    for s in sessions:
        s.close()
    return {**found, 'session_kb': max(round((after - before) / count), 0)}


def descendants(root):
    """The process numbers below root, without it."""
    parents = {}
    for stat in pathlib.Path('/proc').glob('[0-9]*/stat'):
        try:
            text = stat.read_text(encoding='utf-8', errors='replace')
        except OSError:
            continue
        parents.setdefault(int(text.rpartition(')')[2].split()[1]), []).append(
            int(stat.parent.name))
    found, todo = [], [root]
    while todo:
        children = parents.get(todo.pop(), [])
        found += children
        todo += children
    return found


class Server:
    """A process that listens on a port of its own until stop()."""

    def __init__(self, name, folder, command, env=None, maildir=None):
        self.name = name
        self.maildir = maildir
        self.log = f'{folder}/{name}.log'
        self.address = free_address()
        command = [arg.replace('@ADDRESS@', self.address) for arg in command]
        clean = {k: v for k, v in os.environ.items() if k[:3] != 'MP_'}
        with open(self.log, 'wb') as log:
            # timeout hands our signals on; it gets one even when we are
            # killed, and servers that change their user would not.
            self.process = subprocess.Popen(
                ['setpriv', '--pdeathsig', 'TERM', 'timeout', '-k', '5',
                 '1800', *command],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                env={**clean, **(env or {})}, start_new_session=True)

    def wait_ready(self):
        deadline = time.monotonic() + READY_SECONDS
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                dial(self.address).close()
                return
            except OSError:
                time.sleep(0.05)
        raise RuntimeError(f'{self.name} does not answer: {self.last_words()}')

    def stop(self):
        self.process.terminate()
        try:
            self.process.wait(5)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()

    def last_words(self):
        with open(self.log, 'rb') as log:
            return log.read()[-2000:].decode('ascii', 'backslashreplace')

    def pids(self):
        return descendants(self.process.pid)

    def load(self, command):
        """Runs bench-load; returns what it printed, or raises."""
        done = subprocess.run(command, check=False, capture_output=True,
                              text=True)
        if done.returncode != 0:
            raise RuntimeError(done.stderr + self.last_words())
        return done.stdout

    def facts(self, banners, sessions):
        return {'banner_ms': banner_ms(self.address, banners),
                **memory(self.pids, self.address, sessions)}


class Bed:
    """systemd with a socket unit and Accept=yes for each name."""

    def __init__(self, folder, specification):
        path = f'{folder}/bed.json'
        with open(path, 'w', encoding='utf-8') as out:
            json.dump(specification, out)
        self.process = subprocess.Popen(
            ['scripts/systemd-bed', '--bind', folder, sys.executable,
             os.path.abspath('scripts/bench_bed.py'), path],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, text=True, start_new_session=True)
        if self.process.stdout.readline() != 'ready\n':
            self.stop()
            said = self.process.stderr.read().strip().splitlines()
            raise RuntimeError(said[-1] if said else 'the bed did not come up')

    def ask(self, **question):
        self.process.stdin.write(json.dumps(question) + '\n')
        self.process.stdin.flush()
        answer = json.loads(self.process.stdout.readline() or 'null')
        if answer is None:
            raise RuntimeError('the bed has ended')
        if 'error' in answer:
            raise RuntimeError(answer['error'])
        return answer['answer']

    def stop(self):
        self.process.stdin.close()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGTERM)
            self.process.wait()


class InBed:
    """A socket unit in the bed, used as a Server is."""

    def __init__(self, name, address, maildir):
        self.name, self.address, self.maildir = name, address, maildir
        self.bed = None

    def wait_ready(self):
        self.bed.ask(banners=1, name=self.name, address=self.address)

    def stop(self):
        self.bed.stop()

    def last_words(self):
        return ''

    def load(self, command):
        return self.bed.ask(load=command)

    def facts(self, banners, sessions):
        return self.bed.ask(banners=banners, sessions=sessions,
                            name=self.name, address=self.address)


def make_maildir(folder):
    # ext4 spreads what is in a folder with this flag over the disk, by name.
    subprocess.run(['chattr', '+T', folder], check=False, capture_output=True)
    maildir = tempfile.mkdtemp(prefix='Maildir.', dir=folder)
    for part in ('cur', 'new', 'tmp'):
        os.mkdir(f'{maildir}/{part}', 0o700)
    return maildir


def make_credentials(folder):
    """Makes certificate, key and password file; returns their options."""
    cert, key, users = (f'{folder}/{name}'
                        for name in ('cert.pem', 'key.pem', 'users'))
    subprocess.run(['openssl', 'req', '-x509', '-newkey', 'ec', '-pkeyopt',
                    'ec_paramgen_curve:P-256', '-nodes', '-days', '2',
                    '-subj', '/CN=localhost', '-keyout', key, '-out', cert],
                   check=True, capture_output=True)
    salt = os.urandom(8)
    digest = hashlib.sha1(PASSWORD.encode() + salt).digest()
    with open(users, 'w', encoding='ascii') as out:
        out.write(f'{USER}:{{SSHA}}'
                  f'{base64.b64encode(digest + salt).decode()}\n')
    os.chmod(users, 0o600)
    return {'--smtp-tls-cert': cert, '--smtp-tls-key': key,
            '--smtp-auth-file': users}


# What each form of ours has in common; with a password file mail is taken
# after AUTH only, so STARTTLS and AUTH have servers of their own.
VARIANTS = {'relaxed': (True, False), 'durable': (False, False),
            'relaxed-tls': (True, True), 'durable-tls': (False, True)}


def ours(folder, secure):
    """Yields variant, Maildir and options of ours."""
    for variant, (relaxed, tls) in VARIANTS.items():
        yield variant, make_maildir(folder), {
            '--max': '0', **({'--no-fsync': None} if relaxed else {}),
            **(secure if tls else {})}


def flat(options):
    return [word for pair in options.items() for word in pair
            if word is not None]


def start_ours(servers, absent, folder, secure):
    program = os.path.abspath(MAILPIT)
    activate = ['systemd-socket-activate', '--listen=@ADDRESS@']
    forms = {
        'alone': [program, '--smtp', '@ADDRESS@'],
        'wait': [*activate, program, '--idle-exit', '0'],
        'exec': [*activate, '--accept', '--inetd', program, '--inetd'],
    }
    if shutil.which(activate[0]) is None:
        for way in ('wait', 'exec'):
            absent[way] = f'no {activate[0]} here'
            del forms[way]
    for way, command in forms.items():
        for variant, mails, options in ours(folder, secure):
            name = f'{way}-{variant}'
            servers[name] = Server(name, folder, [
                *command, '--maildir', mails, *flat(options)], {}, mails)


def start_bed(servers, absent, folder, secure):
    units = {f'systemd-{variant}': InBed(f'systemd-{variant}', free_address(),
                                         mails)
             for variant, mails, _ in ours(folder, secure)}
    specification = {'program': os.path.abspath(MAILPIT),
                     'units': os.path.abspath('units'),
                     'secrets': list(secure.values()), 'instances': {}}
    for (variant, (relaxed, tls)), unit in zip(VARIANTS.items(),
                                               units.values()):
        specification['instances'][unit.name] = {
            'address': unit.address, 'maildir': unit.maildir,
            'env': {'MP_MAILDIR': unit.maildir, 'MP_MAX_MESSAGES': '0',
                    **({'MP_NO_FSYNC': 'true'} if relaxed else {}),
                    **({'MP_SMTP_TLS_CERT': secure['--smtp-tls-cert'],
                        'MP_SMTP_TLS_KEY': secure['--smtp-tls-key'],
                        'MP_SMTP_AUTH_FILE': secure['--smtp-auth-file']}
                       if tls else {})}}
    try:
        bed = Bed(folder, specification)
    except (RuntimeError, OSError) as error:
        absent['systemd'] = str(error)
        return
    for unit in units.values():
        unit.bed = bed
    servers.update(units)
