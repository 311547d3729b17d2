# SPDX-License-Identifier: MIT
"""bench_profile: where the time of one connection with one message goes

The kernel's own account says how much CPU time a server used for a number of
connections; perf samples its stacks during as many more, and each sample
counts for the outermost thing it was done for. Both of smtp-sink and of the
wait form, so that one can be read in terms of the other.
"""

import os
import pathlib
import re
import shutil
import subprocess
import time

CONNECTIONS = 2000
WARM_UP = 200
SERVERS = {'sink': 'smtp-sink', 'wait-relaxed': 'wait form, --no-fsync'}

# The first pattern that fits a function of the stack, looked for from the
# innermost one outwards, except that page faults count wherever they happen.
FAULTS = 'page faults'
PARTS = (
    ('fork', r'__do_sys_clone|kernel_clone|ret_from_fork.*'),
    ('exit', r'do_exit|do_group_exit'),
    ('confinement: seccomp',
     r'do_seccomp|__do_sys_seccomp|__seccomp_filter|__secure_computing'),
    ('confinement: Landlock, limits, capabilities',
     r'__do_sys_landlock.*|__do_sys_prlimit64|__do_sys_prctl|'
     r'__do_sys_cap[gs]et|hook_.*'),
    ('files: open, create, close',
     r'__x64_sys_openat|__x64_sys_close|__do_sys_newfstatat|'
     r'__x64_sys_faccessat2|__x64_sys_f?ch(own|mod)'),
    ('network: send', r'__x64_sys_sendto|sock_write_iter'),
    ('network: receive, accept, close',
     r'__x64_sys_(recvfrom|accept4?|shutdown|getpeername|getsockname)|'
     r'sock_read_iter'),
    ('files: write', r'ksys_write'),
    ('files: rename into new/', r'__x64_sys_renameat2?'),
    ('files: fsync', r'__x64_sys_fsync'),
    ('waiting and waking up',
     r'__x64_sys_(poll|ppoll|epoll_wait|epoll_pwait|rt_sigreturn)|'
     r'__do_sys_wait4|ksys_read|schedule|exit_to_user_mode_loop'),
    ('memory', r'ksys_mmap_pgoff|__do_sys_brk|__x64_sys_munmap'),
    ('other system calls', r'do_syscall_64'),
)
REST = 'the program itself'
PATTERNS = [(name, re.compile(pattern)) for name, pattern in PARTS]


def ticks(server):
    """CPU time of a server, its descendants, and those that have ended."""
    total = 0
    for pid in [server.process.pid, *server.pids()]:
        try:
            stat = pathlib.Path(f'/proc/{pid}/stat').read_text(
                encoding='utf-8', errors='replace')
        except OSError:
            continue
        total += sum(map(int, stat.rpartition(')')[2].split()[11:15]))
    return total


def load(server, program, count):
    server.load([os.path.abspath(program), '--parallel', '4',
                 '--connections', str(count), server.address])
    time.sleep(0.3)


def cpu_us(server, program):
    """Microseconds of CPU time for a connection."""
    before = ticks(server)
    load(server, program, CONNECTIONS)
    spent = (ticks(server) - before) / os.sysconf('SC_CLK_TCK')
    return spent * 1e6 / CONNECTIONS


def part_of(stack):
    if 'asm_exc_page_fault' in stack:
        return FAULTS
    for name, pattern in PATTERNS[:-1]:
        if any(pattern.fullmatch(function) for function in stack):
            return name
    name, pattern = PATTERNS[-1]
    return name if any(map(pattern.fullmatch, stack)) else REST


def shares(server, folder, program):
    """The share of each part in the samples; raises RuntimeError."""
    data = f'{folder}/perf.data'
    comm = pathlib.Path(f'/proc/{server.pids()[-1]}/comm').read_text(
        encoding='ascii').strip()
    # Of all processes: one that is ending is no longer its parent's.
    perf = subprocess.Popen(
        ['perf', 'record', '-q', '-F', '4999', '-g', '-a', '-o', data],
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    time.sleep(0.5)
    load(server, program, CONNECTIONS)
    perf.terminate()
    said = perf.communicate()[1]
    text = subprocess.run(
        ['perf', 'script', '-i', data, '-F', 'ip,sym', '--comm', comm],
        check=False,
        capture_output=True, text=True).stdout
    stacks = [[line.split()[1] for line in block.splitlines()
               if len(line.split()) > 1] for block in text.split('\n\n')]
    stacks = [stack for stack in stacks if stack]
    if len(stacks) < 100:
        raise RuntimeError('perf gives no samples: ' +
                           (said.strip().splitlines() or [''])[-1])
    if not any('do_syscall_64' in stack for stack in stacks):
        raise RuntimeError('perf may not see into the kernel')
    names = [part_of(stack) for stack in stacks]
    return {name: names.count(name) / len(names) for name in set(names)}


def take(servers, folder, program):
    found = {}
    for name, label in SERVERS.items():
        if name not in servers:
            continue
        load(servers[name], program, WARM_UP)
        found[label] = {'cpu_us': cpu_us(servers[name], program)}
        if shutil.which('perf') is None:
            found[label]['why'] = 'no perf here (package linux-perf)'
            continue
        try:
            found[label]['shares'] = shares(servers[name], folder, program)
        except RuntimeError as error:
            found[label]['why'] = str(error)
    return found


def show(profile):
    print(f'\nCPU time of a connection with one message, of {CONNECTIONS}, '
          'four at a time,\nand its parts by samples of the stack')
    sink = profile.get(SERVERS['sink'], {}).get('cpu_us')
    for label, row in profile.items():
        times = f', {row["cpu_us"] / sink:.1f} of smtp-sink' if sink else ''
        print(f'  {label}: {row["cpu_us"]:.0f} us{times}')
        if 'why' in row:
            print(f'    its parts were not measured: {row["why"]}')
        for name, share in sorted(row.get('shares', {}).items(),
                                  key=lambda item: -item[1]):
            if share >= 0.005:
                us = share * row['cpu_us']
                times = f'{us / sink:8.2f} of smtp-sink' if sink else ''
                print(f'    {name:44}{100 * share:5.1f} %{us:7.0f} us{times}')
