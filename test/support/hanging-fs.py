"""File systems that show a folder each, read-only, and can be told to hang.

Speaks the kernel's FUSE protocol itself (linux/fuse.h, 7.31): a request that was taken and is not answered leaves its caller
in state D, as a hard NFS mount does. Commands come as lines on standard input, `mount TARGET SOURCE [hanging]`,
`unmount TARGET`, `hang TARGET`, `release TARGET`, `held TARGET`, and `adopt TARGET` for what somebody else has mounted, words
as JSON texts; each is answered with one line. At the end of the input nothing is mounted any more, that was adopted neither;
when this process is killed nothing hangs any more. Needs root.
"""

import ctypes
import errno
import json
import os
import select
import stat
import struct
import sys

LOOKUP, FORGET, GETATTR, READLINK, OPEN, READ, STATFS, RELEASE = 1, 2, 3, 5, 14, 15, 17, 18
FLUSH, INIT, OPENDIR, READDIR, RELEASEDIR, ACCESS, INTERRUPT, DESTROY, BATCH_FORGET = 25, 26, 27, 28, 29, 34, 36, 38, 42
SILENT = (FORGET, BATCH_FORGET, INTERRUPT)
MS_NOSUID, MS_NODEV, MNT_DETACH = 2, 4, 2
DIRECT_IO = 1
HEADER = struct.Struct("<IIQQIIII")
libc = ctypes.CDLL(None, use_errno=True)


def attributes(path):
    s = os.lstat(path)
    times = (int(s.st_atime), int(s.st_mtime), int(s.st_ctime))
    rest = (0, 0, 0, s.st_mode, s.st_nlink, s.st_uid, s.st_gid, s.st_rdev, 4096, 0)
    return struct.pack("<6Q10I", s.st_ino, s.st_size, s.st_blocks, *times, *rest)


class Mount:
    def __init__(self, target, source, hanging):
        self.target = target
        self.paths = {1: source}
        self.numbers = {source: 1}
        self.hanging = hanging
        self.held = []
        # A request whose caller is killed between select and read is taken back: a read that waits would wait for ever.
        self.fd = os.open("/dev/fuse", os.O_RDWR | os.O_CLOEXEC | os.O_NONBLOCK)
        options = f"fd={self.fd},rootmode=40000,user_id=0,group_id=0,allow_other,default_permissions"
        flags = MS_NOSUID | MS_NODEV
        if libc.mount(b"hanging", target.encode(), b"fuse.hanging", flags, options.encode()) != 0:
            raise OSError(ctypes.get_errno(), "mount failed")

    def take(self):
        """Reads one request, and answers it unless it is to hang. False at the end of the mount."""
        try:
            request = os.read(self.fd, 1 << 18)
        except OSError as error:
            if error.errno in (errno.ENOENT, errno.EINTR, errno.EAGAIN):
                return True
            return False
        opcode = HEADER.unpack_from(request)[1]
        if opcode in SILENT:
            return True
        if self.hanging and opcode not in (INIT, DESTROY):
            self.held.append(request)
        else:
            self.answer(request)
        return True

    def release(self):
        self.hanging = False
        held, self.held = self.held, []
        for request in held:
            self.answer(request)

    def answer(self, request):
        _, opcode, unique, node = HEADER.unpack_from(request)[:4]
        try:
            code, body = 0, self.handle(opcode, node, request[HEADER.size :])
        except OSError as error:
            code, body = -(error.errno or errno.EIO), b""
        try:
            os.write(self.fd, struct.pack("<IiQ", 16 + len(body), code, unique) + body)
        except OSError:
            pass  # Its caller was killed, or the mount is gone.

    def handle(self, opcode, node, body):
        if opcode == INIT:
            _, _, readahead, _ = struct.unpack_from("<IIII", body)
            return struct.pack("<IIIIHHIIHH8I", 7, 31, readahead, 0, 64, 48, 1 << 16, 1, 0, 0, *[0] * 8)
        path = self.paths[node]
        if opcode == LOOKUP:
            child = os.path.join(path, os.fsdecode(body.rstrip(b"\0")))
            entry = attributes(child)
            number = self.numbers.setdefault(child, len(self.numbers) + 1)
            self.paths[number] = child
            return struct.pack("<4Q2I", number, 0, 0, 0, 0, 0) + entry
        if opcode == GETATTR:
            return struct.pack("<QII", 0, 0, 0) + attributes(path)
        if opcode == READLINK:
            return os.fsencode(os.readlink(path))
        if opcode in (OPEN, OPENDIR):
            return struct.pack("<QII", 0, DIRECT_IO if opcode == OPEN else 0, 0)
        if opcode == READ:
            return self.read(path, body)
        if opcode == READDIR:
            return self.entries(path, body)
        if opcode == STATFS:
            return struct.pack("<5Q4I6I", 0, 0, 0, 0, 0, 4096, 255, 4096, 0, *[0] * 6)
        if opcode in (RELEASE, RELEASEDIR, FLUSH, ACCESS, DESTROY):
            return b""
        raise OSError(errno.ENOSYS, "not supported")

    @staticmethod
    def read(path, body):
        _, offset, size = struct.unpack_from("<QQI", body)
        with open(path, "rb") as file:
            file.seek(offset)
            return file.read(size)

    @staticmethod
    def entries(path, body):
        _, offset, size = struct.unpack_from("<QQI", body)
        out = b""
        for index, name in enumerate(sorted(os.listdir(path))):
            if index < offset:
                continue
            raw = os.fsencode(name)
            info = os.lstat(os.path.join(path, name))
            entry = struct.pack("<QQII", info.st_ino, index + 1, len(raw), stat.S_IFMT(info.st_mode) >> 12) + raw
            entry += b"\0" * (-len(entry) % 8)
            if len(out) + len(entry) > size:
                break
            out += entry
        return out

    def end(self):
        self.release()
        unmount(self.target)


def unmount(target):
    libc.umount2(target.encode(), MNT_DETACH)


def command(mounts, adopted, words):
    name, target = words[0], words[1]
    if name == "adopt":
        adopted.append(target)
        return 0
    if name == "mount":
        mounts[target] = Mount(target, words[2], words[3:] == ["hanging"])
        return 0
    if name == "unmount":
        mount = mounts.pop(target)
        mount.end()
        os.close(mount.fd)
        return 0
    if name == "hang":
        mounts[target].hanging = True
    if name == "release":
        mounts[target].release()
    return len(mounts[target].held)


def main():
    mounts = {}
    adopted = []
    print(json.dumps({"ready": True}), flush=True)
    try:
        while True:
            files = {mount.fd: mount for mount in mounts.values()}
            for fd in select.select([0, *files], [], [])[0]:
                if fd != 0:
                    if not files[fd].take():
                        mounts.pop(files[fd].target, None)
                        os.close(fd)
                    continue
                line = sys.stdin.buffer.raw.readline()
                if line == b"":
                    return
                try:
                    print(json.dumps({"held": command(mounts, adopted, json.loads(line))}), flush=True)
                except (OSError, KeyError) as error:
                    print(json.dumps({"error": repr(error)}), flush=True)
    finally:
        for mount in mounts.values():
            mount.end()
        for target in reversed(adopted):
            unmount(target)


main()
