# SPDX-License-Identifier: MIT
"""bench_mailpit: the same questions to Mailpit, if a binary is named

PEER_MAILPIT= names it. It is given the same messages by its own ingest command
and asked over one kept-open connection, so no process starts per question.
"""

import http.client
import json
import os
import shutil
import statistics
import subprocess
import time

from bench_servers import Server, free_address

SIZE_MAX = 100000  # more would take it hours to take in
SECONDS_PER_MESSAGE = 0.05


class Peer:
    def __init__(self, program, folder, box):
        self.size = box.size
        self.web = free_address()
        base = f'{folder}/mailpit{box.size}'
        os.mkdir(base)
        self.server = Server(f'mailpit{box.size}', folder, [
            program, '--smtp', '@ADDRESS@', '--disable-version-check',
            '--max', '0', '--database', f'{base}/mailpit.db'],
            {'MP_UI_BIND_ADDR': self.web})
        self.server.wait_ready()
        self.connection = http.client.HTTPConnection(self.web, timeout=600)
        start = time.perf_counter()
        subprocess.run([program, 'ingest', '-S', self.server.address,
                        f'{box.maildir}/new', f'{box.maildir}/cur'],
                       check=True, stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL,
                       timeout=60 + box.count * SECONDS_PER_MESSAGE)
        self.ingest_s = time.perf_counter() - start
        found = self.ask('/api/v1/messages?limit=50')
        if found['total'] != box.count:
            raise RuntimeError(f'Mailpit has {found["total"]} of '
                               f'{box.count} messages')
        self.latest = found['messages'][0]['ID']

    def ask(self, target):
        self.connection.request('GET', target)
        answer = self.connection.getresponse()
        body = answer.read()
        if answer.status != 200:
            raise RuntimeError(f'Mailpit, {target}: {answer.status}')
        return json.loads(body)

    def stop(self):
        self.connection.close()
        self.server.stop()


def rows_of(peer, questions, rounds):
    rows = []
    for name, (path, _) in questions.items():
        target = path.format(half=peer.size // 2, seventh=peer.size // 7,
                             id=peer.latest)
        taken = []
        for _ in range(rounds):
            start = time.perf_counter()
            peer.ask(target)
            taken.append((time.perf_counter() - start) * 1000)
        rows.append({'question': name, 'messages': peer.size,
                     'wall_ms': round(statistics.median(taken), 2)})
    return rows


def take(folder, boxes, questions, rounds):
    """Its rows, or why there are none."""
    named = os.environ.get('PEER_MAILPIT')
    program = shutil.which(named) if named else None
    if program is None:
        return {'why': f'no program {named}' if named else
                'PEER_MAILPIT= names no binary'}
    result = {'rows': [], 'ingest_s': {}}
    for box in boxes:
        if box.size > SIZE_MAX:
            continue
        peer = Peer(os.path.abspath(program), folder, box)
        try:
            result['rows'] += rows_of(peer, questions, rounds)
            result['ingest_s'][box.size] = round(peer.ingest_s, 1)
        finally:
            peer.stop()
    return result


def show(result):
    if 'why' in result:
        print(f'\nMailpit: not measured: {result["why"]}')
        return
    print(f'\nMailpit, over a kept-open connection\n  {"":30}'
          f'{"messages":>10}{"ms":>9}')
    for row in sorted(result['rows'], key=lambda r: r['question']):
        print(f'  {row["question"]:30}{row["messages"]:10}'
              f'{row["wall_ms"]:9.1f}')
    for size, seconds in result['ingest_s'].items():
        print(f'  {"to take them in, s":30}{size:10}{seconds:9.1f}')
