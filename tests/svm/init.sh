#!/bin/busybox sh
# The first process of the emulated machine: loads kvm-amd, shows the host's files copy-on-write, runs /job/command there.
export PATH=/bin
/bin/busybox mkdir -p /proc /sys /dev /host /written /root
/bin/busybox --install -s /bin
mount -t devtmpfs dev /dev
exec </dev/null >/dev/console 2>&1
mount -t proc proc /proc
mount -t sysfs sys /sys

die() {
  echo "init: $*"
  poweroff -f
}

while read -r module arguments; do
  # shellcheck disable=SC2086
  insmod "/modules/$module.ko" $arguments || die "insmod $module"
done </job/modules
[ -c /dev/kvm ] || die "no /dev/kvm"

mount -t virtiofs host /host || die "cannot mount the host's files"
mount -t tmpfs -o size=75% written /written
mkdir /written/upper /written/work
mount -t overlay -o lowerdir=/host,upperdir=/written/upper,workdir=/written/work root /root || die "overlay"
for folder in proc sys dev; do mount -o move "/$folder" "/root/$folder"; done
mkdir -p /root/dev/pts /root/dev/shm
mount -t devpts pts /root/dev/pts
mount -t tmpfs shm /root/dev/shm
ln -sf /proc/self/fd /root/dev/fd
for i in 0:stdin 1:stdout 2:stderr; do ln -sf "/proc/self/fd/${i%:*}" "/root/dev/${i#*:}"; done
chmod 666 /root/dev/kvm /root/dev/null
ip link set lo up

port() {
  for port in /root/sys/class/virtio-ports/*; do
    [ "$(cat "$port/name")" = "$1" ] && echo "/root/dev/${port##*/}"
  done
}

export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root TERM=dumb
output=$(port output)
status=$(port status)
# A pipe between: a program must not find a serial port at its standard output.
{
  /bin/chroot /root /bin/sh -c "$(/bin/cat /job/command)" </root/dev/null 2>&1
  echo $? >/job/status
} | /bin/cat >"$output"
/bin/cat /job/status >"$status"
/bin/poweroff -f
