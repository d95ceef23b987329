"""Linux calls that take a process's rights away: namespaces, Landlock, limits, capabilities.

`enter_namespaces` and `Landlock` prepare the runner once; `Job` confines one job's process just before its
code runs. Anything refused by the kernel raises `OSError`: nothing goes on
with less than was asked for. Kernel bugs are not guarded against.
"""

from __future__ import annotations

import ctypes
import math
import os
import resource
import signal
import struct
import sys
import sysconfig
from typing import Any

import seccomp

NEWNS, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET = (
    0x20000,
    0x4000000,
    0x8000000,
    0x10000000,
    0x20000000,
    0x40000000,
)
JOB_NAMESPACES = NEWUSER | NEWPID | NEWNS | NEWIPC | NEWUTS
_RDONLY, _NOSUID, _NODEV, _NOEXEC, _REMOUNT, _BIND, _REC, _PRIVATE = 1, 2, 4, 8, 32, 4096, 16384, 1 << 18
_DETACH = 2
_MACHINE = os.uname().machine
_CLONE = {"x86_64": 56, "aarch64": 220}.get(_MACHINE, -1)
_CAPSET = {"x86_64": 126, "aarch64": 91}.get(_MACHINE, -1)
_PIVOT_ROOT = {"x86_64": 155, "aarch64": 41}.get(_MACHINE, -1)
_MOUNT_SETATTR, _LL_CREATE, _LL_RULE, _LL_RESTRICT = 442, 444, 445, 446

# PyDLL keeps the interpreter lock: none of these calls blocks, and the process is forked in one of them.
_libc = ctypes.PyDLL(None, use_errno=True)
for _name in ("mount", "prctl", "setrlimit", "syscall"):
    getattr(_libc, _name)  # looked up here, not again in each job


def _check(result: int, what: str) -> int:
    if result < 0:
        error = ctypes.get_errno()
        raise OSError(error, f"{what}: {os.strerror(error)}")
    return result


def prctl(option: int, value: int, what: str) -> None:
    _check(_libc.prctl(option, value, 0, 0, 0), what)


def die_with_parent() -> None:
    prctl(1, signal.SIGKILL, "PR_SET_PDEATHSIG")


def no_new_privs() -> None:
    prctl(38, 1, "PR_SET_NO_NEW_PRIVS")


def drop_capabilities() -> None:
    _check(_libc.syscall(_CAPSET, struct.pack("Ii", 0x20080522, 0), bytes(24)), "capset")


def drop_user(uid: int) -> None:
    """Become ``uid`` for good. The process stays traceable by its own user, so that a job may write its
    own uid map; nobody else of that user is in sight (or, without namespaces, allowed to)."""
    os.setgroups([])
    os.setresgid(uid, uid, uid)
    os.setresuid(uid, uid, uid)
    prctl(4, 1, "PR_SET_DUMPABLE")


def clone(flags: int) -> int:
    """fork(2), with namespaces, of a process with one thread.

    The interpreter's own after-fork work (new locks, reseeding, module hooks) is left out: there was
    one thread and it goes on; the work would touch, and so copy, two hundred pages in every job.
    """
    pid: int = _libc.syscall(_CLONE, flags | signal.SIGCHLD, 0, 0, 0, 0)
    if pid < 0:
        _check(pid, "clone")
    return pid


def _mount(source: str, target: str, kind: str, flags: int, data: str = "") -> None:
    _check(
        _libc.mount(source.encode(), target.encode(), kind.encode(), flags, data.encode()), f"mount {target}"
    )


def _user_map(uid: int, gid: int) -> tuple[tuple[bytes, bytes], ...]:
    """What to write into which file of ``/proc/self`` in a fresh user namespace: the one user there is."""
    return (
        (b"self/setgroups", b"deny"),
        (b"self/uid_map", b"%d %d 1" % (uid, uid)),
        (b"self/gid_map", b"%d %d 1" % (gid, gid)),
    )


def _write_all(proc: int, files: tuple[tuple[bytes, bytes], ...]) -> None:
    for name, text in files:
        fd = os.open(name, os.O_WRONLY | os.O_CLOEXEC, dir_fd=proc)
        os.write(fd, text)
        os.close(fd)


# --- namespaces ---------------------------------------------------------------------------------------


def needed_paths() -> list[str]:
    """What a Python program needs of the file system: the interpreter, its library, shared objects."""
    paths = {os.path.realpath(sys.executable), sysconfig.get_path("stdlib"), "/etc/ld.so.cache"}
    paths |= {"/usr/share/zoneinfo", "/dev/null", "/dev/zero", "/dev/random", "/dev/urandom"}
    paths |= {p for p in sys.path if p.startswith(sys.base_prefix) and os.path.isdir(p)}
    with open("/proc/self/maps", encoding="utf-8", errors="surrogateescape") as maps:
        for line in maps:
            name = line.split(maxsplit=5)[5:]
            if name and name[0].startswith("/") and ".so" in name[0]:
                paths.add(os.path.dirname(os.path.realpath(name[0].rstrip("\n"))))
    for loader in (
        "/lib64/ld-linux-x86-64.so.2",
        "/lib/ld-linux-aarch64.so.1",
    ):  # for programs that start one
        folder, name_ = os.path.split(loader)
        paths.add(os.path.join(os.path.realpath(folder), name_))
    return sorted(p for p in paths if os.path.exists(p))


def hidden_paths() -> list[str]:
    """Folders of installed packages below the needed ones: a data set could lie in there."""
    found = {sysconfig.get_path("purelib"), sysconfig.get_path("platlib"), "/usr/lib/python3/dist-packages"}
    for base in {sysconfig.get_path("stdlib"), os.path.dirname(sysconfig.get_path("stdlib"))}:
        found |= {os.path.join(base, name) for name in ("site-packages", "dist-packages")}
    return sorted(p for p in found if os.path.isdir(p))


def _covered(path: str, by: list[str]) -> bool:
    return any(path == p or path.startswith(p + "/") for p in by)


def enter_namespaces(uid: int | None, packages: str, show: list[str]) -> int:
    """Put this process into namespaces of its own with a small read-only root, and return a directory
    descriptor of a ``/proc`` that is not mounted anywhere. The caller is its pid 1 afterwards (a
    parent that only waits stays behind).

    ``uid``: the user to become, for a caller that is root. ``packages``: a folder to show as
    ``/packages`` (links in it are followed one level). ``show``: more of the host's files and folders.
    """
    root = uid is not None  # with the rights of root; without, it is a user like others
    me, group = os.geteuid(), os.getegid()
    binds = {path: os.path.realpath(path) for path in sorted({*needed_paths(), *show})}
    if below := next((p for p in binds if p.startswith("/tmp/")), ""):
        raise OSError(f"{below} lies below /tmp, the programs' own folder; use a Python that lies elsewhere")
    hidden = hidden_paths()
    links = {p: os.readlink(p) for p in ("/lib", "/lib64", "/bin", "/sbin") if os.path.islink(p)}
    extra = {n: os.path.realpath(os.path.join(packages, n)) for n in os.listdir(packages)} if packages else {}
    flags = NEWNS | NEWPID | NEWNET | NEWIPC | NEWUTS | (0 if root else NEWUSER)
    _check(_libc.unshare(flags), "unshare")
    if not root:
        proc = os.open("/proc", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        _write_all(proc, _user_map(me, group))
        os.close(proc)
    _mount("none", "/", "", _REC | _PRIVATE)
    _mount("none", "/tmp", "tmpfs", _NOSUID | _NODEV, "mode=0755,size=1m,nr_inodes=1024")
    os.mkdir("/tmp/old", 0o755)
    os.chdir("/tmp")
    _check(_libc.syscall(_PIVOT_ROOT, b".", b"old"), "pivot_root")
    os.chdir("/")
    done: list[str] = []
    for path, source in binds.items():
        if not _covered(path, done):
            _bind(source, path)
            done.append(path)
    for name, source in extra.items():
        _bind(source, "/packages/" + name)
    for path, target in links.items():
        if not os.path.lexists(path):
            os.symlink(target, path)
    for path in hidden:
        if _covered(path, done):
            _mount("none", path, "tmpfs", _NOSUID | _NODEV | _NOEXEC | _RDONLY, "size=4k,nr_inodes=2")
    os.makedirs("/etc", 0o755, exist_ok=True)
    os.mkdir("/tmp", 0o755)
    os.mkdir(PROGRAM, 0o755)
    os.symlink("/tmp", "/dev/shm")
    os.mkdir("/dev/fd", 0o755)
    for number, name in enumerate(STANDARD):  # there is no /proc for them to lead to
        os.symlink(FILES[number], name)
        os.symlink(FILES[number], f"/dev/fd/{number}")
    if os.fork():
        _wait_for_child()
    proc = _detached_proc()
    _check(_libc.umount2(b"/old", _DETACH), "umount")
    os.rmdir("/old")
    _mount("none", "/", "", _REMOUNT | _BIND | _RDONLY | _NOSUID | _NODEV)
    if uid is not None:
        drop_user(uid)
    drop_capabilities()
    die_with_parent()  # after the change of user, which would undo it
    return proc


def _bind(source: str, target: str) -> None:
    """Show the old root's ``source`` read-only at ``target``."""
    os.makedirs(os.path.dirname(target), 0o755, exist_ok=True)
    if os.path.isdir("/old" + source):
        os.makedirs(target, 0o755, exist_ok=True)
    else:
        os.close(os.open(target, os.O_CREAT | os.O_WRONLY | os.O_CLOEXEC, 0o644))
    _mount("/old" + source, target, "", _BIND | _REC)
    attributes = 1 | 2 | (0 if target.startswith("/dev/") else 4)  # read-only, nosuid, nodev
    attr = struct.pack("QQQQ", attributes, 0, 0, 0)
    _check(
        _libc.syscall(_MOUNT_SETATTR, -100, target.encode(), 0x8000, attr, len(attr)),
        f"mount_setattr {target}",
    )


def _detached_proc() -> int:
    """A ``/proc`` of this pid namespace that no path leads to: jobs have no ``/proc`` to hide."""
    os.mkdir("/proc", 0o555)
    _mount("proc", "/proc", "proc", _NOSUID | _NODEV | _NOEXEC)
    proc = os.open("/proc", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    _check(_libc.umount2(b"/proc", _DETACH), "umount /proc")
    return proc


def _wait_for_child() -> None:
    os.closerange(0, 1024)
    _, status = os.wait()
    os._exit(os.waitstatus_to_exitcode(status) & 255)


# --- Landlock -----------------------------------------------------------------------------------------

_READ = 1 << 0 | 1 << 2 | 1 << 3  # execute, read a file, read a folder
_WRITE_FILE, _TRUNCATE = 1 << 1, 1 << 14
_FILE_RIGHTS = 1 << 0 | _WRITE_FILE | 1 << 2 | _TRUNCATE
_SPECIAL = 1 << 6 | 1 << 11 | 1 << 15  # character and block devices, ioctl on devices


def landlock_version() -> int:
    """The kernel's Landlock version; 0: none."""
    return max(0, _libc.syscall(_LL_CREATE, None, 0, 1))


class Landlock:
    """A rule set: read what Python needs, write below ``scratch`` only, no TCP, no signals outside."""

    def __init__(self, scratch: str, packages: str) -> None:
        self.version = landlock_version()
        if self.version < 1:
            raise OSError("this kernel has no Landlock")
        rights = {1: 13, 2: 14, 3: 15, 4: 15}.get(self.version, 16)
        self.handled = (1 << rights) - 1
        net = 3 if self.version >= 4 else 0
        scope = 3 if self.version >= 6 else 0
        attr = struct.pack("QQQ", self.handled, net, scope)
        attr = attr[: 8 if self.version < 4 else 16 if self.version < 6 else 24]
        self.rules = _check(_libc.syscall(_LL_CREATE, attr, len(attr), 0), "landlock_create_ruleset")
        hidden = hidden_paths()
        for path in needed_paths():
            self._read(path, hidden)
        if packages:
            self._read(packages, [])
            for name in os.listdir(packages):
                self._read(os.path.realpath(os.path.join(packages, name)), [])
        self._allow(scratch, self.handled & ~_SPECIAL)

    def _read(self, path: str, hidden: list[str]) -> None:
        """Rules reach everything below a folder, so one with a hidden part is opened piece by piece."""
        if any(h.startswith(path + "/") for h in hidden):
            for entry in os.listdir(path):
                if os.path.join(path, entry) not in hidden:
                    self._read(os.path.join(path, entry), hidden)
        else:
            self._allow(path, _READ | (_WRITE_FILE if path.startswith("/dev/") else 0))

    def _allow(self, path: str, rights: int) -> None:
        fd = os.open(path, os.O_PATH | os.O_CLOEXEC)
        try:
            if not os.path.isdir(path):
                rights &= _FILE_RIGHTS
            rule = struct.pack("=Qi", rights & self.handled, fd)
            _check(_libc.syscall(_LL_RULE, self.rules, 1, rule, 0), f"landlock rule for {path}")
        finally:
            os.close(fd)


# --- one job ------------------------------------------------------------------------------------------

_SHARED_LIMITS = (
    (resource.RLIMIT_NOFILE, 64),
    (resource.RLIMIT_CORE, 0),
    (resource.RLIMIT_MEMLOCK, 0),
)
_STACK = 100 << 20
"""How far the first thread's stack may grow: programs recurse in C (``lru_cache``, ``sorted`` keys). The
kernel keeps 128 MB free for it, whatever the limit was when the runner started. Its hard limit is left open,
for programs raise it; memory is limited otherwise."""
_NO_LIMIT = 1 << 62
"""What is touched is limited by the cgroup, or watched."""
PROGRAM = "/program"
"""Where a compiled program lies."""
STANDARD = ("/dev/stdin", "/dev/stdout", "/dev/stderr")
FILES = ("/tmp/.stdin", "/tmp/.stdout", "/tmp/.stderr")
"""Where those lead to (with namespaces): a file with the input and named pipes, where a program asks
for one by name."""
_ROOM = 768 << 20
"""Address space above the memory limit: thread stacks of 512 MB are asked for and hardly touched. What is
touched is limited by the cgroup, or watched."""
_FIRST_TO_GO = ((b"self/oom_score_adj", b"1000"),)


def shared_limits() -> None:
    """Limits that the runner can bear itself, so that jobs inherit them for nothing."""
    for what, value in _SHARED_LIMITS:
        value = _allowed(what, value)
        resource.setrlimit(what, (value, value))


def _allowed(what: int, value: int) -> int:
    """A limit, or the lower one that is already set."""
    hard = resource.getrlimit(what)[1]
    return hard if value == resource.RLIM_INFINITY else _least(value, hard)


def _least(one: int, other: int) -> int:
    """The lower of two limits."""
    return one if other == resource.RLIM_INFINITY else min(one, other)


class Job:
    """All that one job's process needs in order to give up its rights, worked out before the fork: every
    object that it touches is a page to be copied. ``confine`` is straight-line on purpose."""

    def __init__(
        self, tier: str, proc: int, folder: str, become: int | None, landlock: Landlock | None, profile: Any
    ) -> None:
        self.tier, self.proc, self.folder, self.become, self.landlock = tier, proc, folder, become, landlock
        self.map = _user_map(os.getuid(), os.getgid()) if tier == "namespaces" else ()
        self.filter: seccomp.Program | None = None
        if profile is not None:
            sockets = landlock is None or landlock.version >= 6
            self.filter = seccomp.Program(profile.job(sockets=sockets, alone=landlock is not None))
        self.no_caps = (struct.pack("Ii", 0x20080522, 0), bytes(24))
        self.limits: tuple[tuple[int, bytes], ...] = ()
        self.tmpfs = b""
        self._last: dict[str, Any] = {}

    def prepare(self, spec: dict[str, Any]) -> None:
        """Take up a job's limits, when they differ from the last one's."""
        if all(self._last.get(k) == spec.get(k) for k in ("memory", "cpu", "disk", "processes", "space")):
            return
        self._last = spec
        limits = [
            (resource.RLIMIT_AS, spec["memory"] + _ROOM if spec.get("space", True) else _NO_LIMIT),
            # A backstop: the runner watches the CPU clock. The kernel counts this one by ticks, which on a
            # busy machine can be a third ahead of the time that it reports.
            (resource.RLIMIT_CPU, math.ceil(1.5 * spec["cpu"]) + 1),
            (resource.RLIMIT_FSIZE, spec["disk"]),
        ]
        if self.tier == "namespaces":  # elsewhere the user has other processes, which would count
            limits.append((resource.RLIMIT_NPROC, spec["processes"] + 1))  # the first process of a batch
        limits = [(what, _allowed(what, value)) for what, value in limits]
        stack = _allowed(resource.RLIMIT_STACK, resource.RLIM_INFINITY)
        self.limits = (
            *((what, struct.pack("QQ", value, value)) for what, value in limits),
            (resource.RLIMIT_STACK, struct.pack("qq", _least(_STACK, stack), stack)),
        )
        self.tmpfs = b"size=%d,nr_inodes=4096,mode=0777" % spec["disk"]

    def enter(self) -> None:
        """In the job's first process: take up what all its processes share.

        Raises:
            OSError: the kernel refused a step; the job must not run.
        """
        if self.tier != "container":
            _check(_libc.prctl(1, 9, 0, 0, 0), "PR_SET_PDEATHSIG")
        if self.tier == "namespaces":
            _write_all(self.proc, self.map)
            _check(_libc.mount(b"none", b"/tmp", b"tmpfs", _NOSUID | _NODEV, self.tmpfs), "mount /tmp")
        os.chdir(self.folder)

    def program_folder(self, size: int) -> None:
        """Make an empty folder for a compiled program (with namespaces)."""
        data = b"size=%d,nr_inodes=4096,mode=0777" % size
        _check(_libc.mount(b"none", PROGRAM.encode(), b"tmpfs", _NOSUID | _NODEV, data), "mount /program")

    def seal_program_folder(self) -> None:
        """Nobody writes into the program's folder any more."""
        _mount("none", PROGRAM, "", _REMOUNT | _BIND | _RDONLY | _NOSUID | _NODEV)

    def new_folder(self) -> None:
        """Put an empty writable folder in the place of the one there is (with namespaces)."""
        os.chdir("/")
        _check(_libc.umount2(b"/tmp", _DETACH), "umount /tmp")
        _check(_libc.mount(b"none", b"/tmp", b"tmpfs", _NOSUID | _NODEV, self.tmpfs), "mount /tmp")
        os.chdir(self.folder)

    def confine(self) -> None:
        """In each process that is to run something: give everything up.

        Raises:
            OSError: the kernel refused a step; the job must not run.
        """
        libc = _libc
        if self.tier != "container":
            _check(libc.prctl(1, 9, 0, 0, 0), "PR_SET_PDEATHSIG")
        os.setsid()
        _write_all(self.proc, _FIRST_TO_GO)
        for what, value in self.limits:
            _check(libc.setrlimit(what, value), "setrlimit")
        if self.become is not None:
            drop_user(self.become)
        if self.landlock is not None:
            _check(libc.syscall(_LL_RESTRICT, self.landlock.rules, 0), "landlock_restrict_self")
        if self.filter is not None:
            _check(libc.syscall(_CAPSET, *self.no_caps), "capset")
            if self.landlock is not None:
                self.filter.set_pid(os.getpid())
            self.filter.install()
