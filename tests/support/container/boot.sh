#!/bin/sh
# First process of a container's namespaces: mounts what systemd expects of a
# container, on a throw-away layer over the root file system, and becomes
# systemd. Source: systemd.io/CONTAINER_INTERFACE.
#
# boot.sh HOSTNAME ROOT_FS [TYPE OPTIONS NAME]...  the cgroup mounts, NAME below
# /sys/fs/cgroup, or "." for /sys/fs/cgroup itself
set -eu

host_name=$1
root_fs=$2
shift 2

mount --make-rprivate /
mount -t tmpfs -o mode=755 tmpfs /mnt
mkdir /mnt/upper /mnt/work /mnt/root
mount -t overlay -o "lowerdir=$root_fs,upperdir=/mnt/upper,workdir=/mnt/work" \
  overlay /mnt/root
cd /mnt/root
echo "$host_name" >etc/hostname

mount -t proc proc proc
# systemd would raise limits that are the whole machine's.
mount --bind proc/sys proc/sys
mount -o remount,ro,bind proc/sys
mount -t sysfs -o ro sysfs sys
mount -t tmpfs -o mode=755 tmpfs run

mount -t tmpfs -o mode=755 tmpfs dev
mknod -m 666 dev/null c 1 3
mknod -m 666 dev/zero c 1 5
mknod -m 666 dev/full c 1 7
mknod -m 666 dev/random c 1 8
mknod -m 666 dev/urandom c 1 9
mknod -m 666 dev/tty c 5 0
ln -s /proc/self/fd dev/fd
mkdir dev/pts dev/shm
mount -t devpts -o newinstance,ptmxmode=0666 devpts dev/pts
ln -s pts/ptmx dev/ptmx
mount -t tmpfs -o mode=1777 tmpfs dev/shm

mount -t tmpfs -o mode=755 tmpfs sys/fs/cgroup
while [ $# -gt 0 ]; do
  [ "$3" = . ] || mkdir "sys/fs/cgroup/$3"
  mount -t "$1" -o "$2" cgroup "sys/fs/cgroup/$3"
  shift 3
done

mkdir -p mnt/old
pivot_root . mnt/old
umount -l /mnt/old
rmdir /mnt/old
# As on a server: services must see what is mounted after their start.
mount --make-rshared /

# Without the rights that reach beyond namespaces: clock, modules, ports.
exec env -i container=other PATH=/usr/sbin:/usr/bin:/sbin:/bin \
  setpriv --bounding-set=-sys_time,-sys_module,-sys_rawio,-syslog \
  /lib/systemd/systemd --log-target=journal --show-status=false </dev/null
