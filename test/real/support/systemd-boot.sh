#!/bin/sh
# A small virtual machine without a kernel of its own: this machine's files under a writable layer in memory, and systemd as process 1.
# systemd-machine.ts starts it in namespaces of its own, so that nothing of it is left. It shares the network alone.
# usage: systemd-boot.sh FOLDER CLONE NODE; the folder is empty, the clone is seen (and may be written to) at /srv/clone.
set -eu
folder="$1" clone="$2" node="$3"

mount --make-rprivate /
mount -t tmpfs tmpfs "$folder"
root="$folder/root"
mkdir "$root" "$folder/machine" "$folder/machine-work" "$folder/clone" "$folder/clone-work"
mount -t overlay overlay -o "lowerdir=/,upperdir=$folder/machine,workdir=$folder/machine-work" "$root"
mkdir -p "$root/srv/clone" "$root/usr/local/bin" "$root/old"
mount -t overlay overlay -o "lowerdir=$clone,upperdir=$folder/clone,workdir=$folder/clone-work" "$root/srv/clone"
: >"$root/usr/local/bin/node"
mount --bind "$node" "$root/usr/local/bin/node"

mount -t proc proc "$root/proc"
mount --bind "$root/proc/sys" "$root/proc/sys"
mount -o remount,bind,ro "$root/proc/sys" # these are the real kernel's
mount -t sysfs -o ro sysfs "$root/sys"
mount -t cgroup2 cgroup2 "$root/sys/fs/cgroup"
mount -t tmpfs -o mode=755 tmpfs "$root/run"
mount -t tmpfs -o mode=755 tmpfs "$root/dev"
mkdir -m 1777 "$root/dev/shm"
mkdir "$root/dev/pts"
for device in null zero full random urandom tty; do
  : >"$root/dev/$device"
  mount --bind "/dev/$device" "$root/dev/$device"
done
mount -t devpts -o newinstance,ptmxmode=0666 devpts "$root/dev/pts"
ln -s pts/ptmx "$root/dev/ptmx"
ln -s /proc/self/fd "$root/dev/fd"

# Nothing starts by itself but the journal.
rm -rf "$root"/etc/systemd/system/*.wants "$root"/usr/lib/systemd/system/*.wants
printf '[Unit]\nWants=systemd-journald.service\n' >"$root/etc/systemd/system/machine.target"

cd "$root"
pivot_root . old
umount -l old
mount --make-rshared / # as on a machine: credentials and the sandbox of a unit are mounts that others must see
export container=test
exec /lib/systemd/systemd --unit=machine.target --log-target=journal --show-status=no
