#!/bin/sh
# Mounts every partition of /dev/sdb, walks it, reads, writes and deletes in it, and unmounts it. The volumes are damaged:
# errors are what is expected, and nobody reads them. Says for each whether it could be mounted, and what did not come
# back in time or would not be unmounted.
use() {
  cd /mnt || return
  find . -maxdepth 6 -type f -exec cat {} + > /dev/null
  ls -lR . > /dev/null
  df . > /dev/null
  for n in 1 7 13 20; do
    cat "dir/file $n" > /dev/null
    rm -f "dir/file $n"
  done
  cp -r dir copy
  cp /bin/ls "dir/a program"
  echo more >> "dir/file 5"
  mkdir dir/made dir/made/deeper
  mv "dir/file 6" moved
  mv dir/sub dir/made
  ln "dir/file 8" linked
  ln -s here link
  truncate -s 100000 "dir/file 9"
  truncate -s 10 "dir/file 10"
  chmod 700 dir
  touch dir
  sync
  rm -r dir/made copy
  sync
}

[ "$1" = use ] && use
n=1
while [ "$1" = '' ] && [ -e /dev/sdb$n ]; do
  mounted=no
  for type in ext2 vfat; do
    timeout 60 mount -t $type /dev/sdb$n /mnt || continue
    mounted=$type
    timeout -k 10 120 sh "$0" use
    [ $? = 124 ] && echo "DISK $n: its use does not end"
    timeout 60 umount /mnt || echo "DISK $n: it cannot be unmounted"
    break
  done > /tmp/said 2>/dev/null
  grep DISK /tmp/said
  echo "DISK $n: mounted $mounted"
  n=$((n + 1))
done
