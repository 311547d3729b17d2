# SPDX-License-Identifier: MIT
"""bench_peers: other programs that take mail, for comparison

None of them is installed: scripts/fetch-peers unpacks them into build/peers/.
Each is used as its own documentation says, for one machine, and stores into
build/. One that cannot be had or does not start has a row that says why.
"""

import os
import shutil
import subprocess
import sys

from bench_servers import PEERS, Server, flat, free_address

LABELS = {
    'sink': 'smtp-sink (stores nothing)',
    'postfix': 'Postfix (queue, then discard)',
    'aiosmtpd': 'aiosmtpd (Maildir, no fsync)',
    'maildev': 'MailDev (files, no fsync)',
    'mailpit': 'Mailpit (database)',
}

POSTFIX_MAIN = '''\
compatibility_level = 3.6
queue_directory = {state}/queue
data_directory = {state}/data
daemon_directory = {usr}/lib/postfix/sbin
command_directory = {usr}/sbin
shlib_directory = {usr}/lib/postfix
meta_directory = {state}
mail_owner = postfix
setgid_group = postdrop
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mynetworks = 127.0.0.0/8
mydestination =
alias_maps =
alias_database =
default_transport = discard
smtpd_recipient_restrictions = permit_mynetworks, reject
smtpd_peername_lookup = no
smtpd_client_connection_count_limit = 0
import_environment = MAIL_CONFIG MAIL_LOGTAG TZ LANG=C LD_LIBRARY_PATH
maillog_file = /dev/stdout
'''

# service, type, private, wakeup, maxproc, program
POSTFIX_MASTER = '''\
{address} inet n - n - - smtpd
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
error unix - - n - - error
discard unix - - n - - discard
anvil unix - - n - 1 anvil
proxymap unix - - n - - proxymap
postlog unix-dgram n - n - 1 postlogd
'''

UID, GID = 61234, 61235  # of nobody, and only inside its namespaces


def write(path, text):
    with open(path, 'w', encoding='utf-8') as out:
        out.write(text)


def make_queue(state):
    os.mkdir(state, 0o755)
    for name in ('queue', 'data', 'queue/pid'):
        os.mkdir(f'{state}/{name}', 0o755)
    for name in ('active', 'bounce', 'corrupt', 'defer', 'deferred', 'flush',
                 'hold', 'incoming', 'private', 'saved', 'trace'):
        os.mkdir(f'{state}/queue/{name}', 0o700)
        os.chown(f'{state}/queue/{name}', UID, -1)
    os.chown(f'{state}/data', UID, -1)
    for name, mode in (('maildrop', 0o730), ('public', 0o710)):
        os.mkdir(f'{state}/queue/{name}')
        os.chmod(f'{state}/queue/{name}', mode)
        os.chown(f'{state}/queue/{name}', UID, GID)


def postfix(folder):
    """Its master and what that starts, in namespaces that end with it."""
    if os.getuid() != 0:
        raise OSError('its master needs root')
    usr, state = os.path.abspath(f'{PEERS}/usr'), f'{folder}/postfix'
    make_queue(state)
    for name, line in (
            ('passwd', f'postfix:x:{UID}:{UID}::/nonexistent:/bin/false\n'),
            ('group', f'postfix:x:{UID}:\npostdrop:x:{GID}:\n')):
        with open(f'/etc/{name}', encoding='utf-8') as here:
            kept = [row for row in here
                    if row.split(':')[0] not in ('postfix', 'postdrop')]
        write(f'{state}/{name}', ''.join(kept) + line)
    write(f'{state}/main.cf', POSTFIX_MAIN.format(state=state, usr=usr))
    # The shell stays process 1: its end, unlike that of the master, which
    # changes its user, comes with that of unshare, and ends all others.
    return Server(
        'postfix', folder,
        ['unshare', '--mount', '--pid', '--fork', '--kill-child', 'sh', '-c',
         'cd "$1" && mount --bind passwd /etc/passwd && '
         'mount --bind group /etc/group && '
         'echo "$3" >master.cf && "$2" -c "$1" -s; exit $?',
         'sh', state, f'{usr}/lib/postfix/sbin/master',
         POSTFIX_MASTER.format(address='@ADDRESS@')],
        {'LD_LIBRARY_PATH': f'{usr}/lib/postfix', 'MAIL_CONFIG': state,
         'MAIL_LOGTAG': 'postfix'})


def sink(folder):
    user = ['-u', 'nobody'] if os.getuid() == 0 else []
    return Server(
        'sink', folder,
        [f'{PEERS}/usr/sbin/smtp-sink', *user, '@ADDRESS@', '1000'],
        {'LD_LIBRARY_PATH': os.path.abspath(f'{PEERS}/usr/lib/postfix')})


def aiosmtpd(folder):
    return Server(
        'aiosmtpd', folder,
        [sys.executable, '-m', 'aiosmtpd', '-n', '-l', '@ADDRESS@', '-c',
         'aiosmtpd.handlers.Mailbox', f'{folder}/aiosmtpd'],
        {'PYTHONPATH': os.path.abspath(
            f'{PEERS}/usr/lib/python3/dist-packages')})


def maildev(folder):
    return Server(
        'maildev', folder,
        ['sh', '-c', 'exec node "$0" --ip 127.0.0.1 --smtp "${1##*:}" '
         '--disable-web --mail-directory "$2"',
         f'{PEERS}/npm/node_modules/maildev/bin/maildev', '@ADDRESS@',
         f'{folder}/maildev'])


STARTS = {'sink': sink, 'postfix': postfix, 'aiosmtpd': aiosmtpd,
          'maildev': maildev}


def start_mailpit(servers, absent, folder, secure):
    """Once in clear text and once with STARTTLS and AUTH."""
    program = os.environ.get('PEER_MAILPIT')
    if not program or shutil.which(program) is None:
        absent['mailpit'] = (f'no program {program}' if program else
                             'PEER_MAILPIT= names no binary')
        return
    for name, options in (('mailpit', {}), ('mailpit-tls', secure)):
        os.mkdir(f'{folder}/{name}')
        servers[name] = Server(name, folder, [
            os.path.abspath(shutil.which(program)), '--smtp', '@ADDRESS@',
            '--disable-version-check', '--max', '0', '--database',
            f'{folder}/{name}/mailpit.db', *flat(options)],
            {'MP_UI_BIND_ADDR': free_address()})


def start_peers(servers, absent, folder, secure):
    for name, start in STARTS.items():
        got = subprocess.run(['scripts/fetch-peers', name], check=False,
                             capture_output=True, text=True)
        if got.returncode != 0:
            said = got.stderr.strip().splitlines() or ['fetch-peers failed']
            absent[name] = said[-1]
            continue
        try:
            servers[name] = start(folder)
        except OSError as error:
            absent[name] = str(error)
    start_mailpit(servers, absent, folder, secure)
