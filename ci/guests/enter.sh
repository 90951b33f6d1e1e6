#!/bin/sh
# enter.sh ROOT WORK BINDS -- COMMAND...: runs a command in a copy-on-write view of a root filesystem, with devices,
# /proc, /sys and queues of its own. In new mount, PID and IPC namespaces only (see rootfs.py). BINDS has a line
# "ro|rw SOURCE INSIDE" for each folder or file of the outside; WORK is an empty folder to mount on.
set -eu
lower=$1 work=$2 binds=$3
shift 4
mount -t tmpfs -o mode=755 tmpfs "$work"
mkdir "$work/upper" "$work/work" "$work/root"
mount -t overlay -o "lowerdir=$lower,upperdir=$work/upper,workdir=$work/work" overlay "$work/root"
cd "$work/root"

mkdir -p dev proc sys tmp
mount -t proc proc proc
mount --rbind /sys sys
mount -t tmpfs -o mode=755 tmpfs dev
for device in full null random tty urandom userfaultfd zero; do
  [ -e "/dev/$device" ] || continue
  touch "dev/$device"
  mount --bind "/dev/$device" "dev/$device"
done
mkdir dev/mqueue dev/pts dev/shm
mount -t mqueue mqueue dev/mqueue
mount -t devpts -o newinstance,mode=620,ptmxmode=666 devpts dev/pts
mount -t tmpfs -o mode=1777 tmpfs dev/shm
ln -s pts/ptmx dev/ptmx
ln -s /proc/self/fd dev/fd
for number in 0:stdin 1:stdout 2:stderr; do
  ln -s "/proc/self/fd/${number%%:*}" "dev/${number##*:}"
done

while read -r mode source inside; do
  if [ -d "$source" ]; then
    mkdir -p ".$inside"
  else
    mkdir -p ".${inside%/*}"
    touch ".$inside"
  fi
  mount --bind "$source" ".$inside"
  [ "$mode" = rw ] || mount -o remount,bind,ro ".$inside"
done <"$binds"

# Moved over the old root, and not only chroot(): no user namespace can be made from within that.
mount --move . /
exec chroot . "$@" </dev/null
