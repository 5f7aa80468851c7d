/* Shared memory: anonymous, shm_open(), memfd_create(), and System V's shmget(), shmat(), shmdt(), shmctl(). */
#include "check.h"
#include <fcntl.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/shm.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#define PAGE 4096
#define BOTH (PROT_READ | PROT_WRITE)
#define KEY 0x42524e58

static void anonymous_is_shared(void) {
  volatile int *a = mmap(NULL, 16 * PAGE, BOTH, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  CHECK((void *)a != MAP_FAILED && a[0] == 0);
  for (int i = 0; i < 4; i++) {
    pid_t pid = fork();
    if (pid == 0) {
      a[i * 1024] = i + 1; /* pages that nobody has touched before */
      _exit(0);
    }
    CHECK(pid > 0);
  }
  for (int i = 0; i < 4; i++) CHECK(wait(NULL) > 0);
  for (int i = 0; i < 4; i++) CHECK(a[i * 1024] == i + 1);
}

static void posix_objects(void) {
  shm_unlink("/breenix");
  CHECK_ERRNO(shm_open("/breenix", O_RDWR, 0), ENOENT);
  int fd = shm_open("/breenix", O_RDWR | O_CREAT | O_EXCL, 0640);
  CHECK(fd >= 0);
  CHECK_ERRNO(shm_open("/breenix", O_RDWR | O_CREAT | O_EXCL, 0600), EEXIST);
  CHECK(fcntl(fd, F_GETFD) == FD_CLOEXEC);
  CHECK(ftruncate(fd, 2 * PAGE) == 0);
  struct stat st;
  CHECK(fstat(fd, &st) == 0 && st.st_size == 2 * PAGE && st.st_blocks == 0);
  char *a = mmap(NULL, 2 * PAGE, BOTH, MAP_SHARED, fd, 0);
  strcpy(a + PAGE, "posix");
  CHECK(fstat(fd, &st) == 0 && st.st_blocks == 8);
  int again = shm_open("/breenix", O_RDONLY, 0);
  char *b = mmap(NULL, 2 * PAGE, PROT_READ, MAP_SHARED, again, 0);
  CHECK(b != MAP_FAILED && strcmp(b + PAGE, "posix") == 0);
  CHECK(shm_unlink("/breenix") == 0);
  CHECK_ERRNO(shm_unlink("/breenix"), ENOENT);
  strcpy(a, "after the name is gone");
  CHECK(strcmp(b, "after the name is gone") == 0);
}

static void memory_descriptors(void) {
  int fd = (int)syscall(SYS_memfd_create, "test", 1u /* MFD_CLOEXEC */);
  CHECK(fd >= 0 && fcntl(fd, F_GETFD) == FD_CLOEXEC);
  CHECK(write(fd, "hello", 5) == 5 && lseek(fd, 0, SEEK_CUR) == 5);
  CHECK(ftruncate(fd, 10000) == 0);
  char *a = mmap(NULL, 3 * PAGE, BOTH, MAP_SHARED, fd, 0);
  CHECK(a != MAP_FAILED && memcmp(a, "hello", 5) == 0);
  a[9999] = 'z';
  char last;
  CHECK(pread(fd, &last, 1, 9999) == 1 && last == 'z');
  struct stat st;
  CHECK(fstat(fd, &st) == 0 && st.st_nlink == 0 && S_ISREG(st.st_mode) && st.st_size == 10000);
  CHECK_ERRNO(syscall(SYS_memfd_create, "x", 0x8000u), EINVAL);
  CHECK_ERRNO(syscall(SYS_memfd_create, (char *)0, 0u), EFAULT);
  char name[300];
  memset(name, 'n', sizeof name);
  name[249] = 0;
  int longest = (int)syscall(SYS_memfd_create, name, 0u);
  CHECK(longest >= 0 && fcntl(longest, F_GETFD) == 0);
  name[249] = 'n', name[250] = 0;
  CHECK_ERRNO(syscall(SYS_memfd_create, name, 0u), EINVAL);
}

static void sealed_descriptors(void) {
  int open_seals = (int)syscall(SYS_memfd_create, "s", 2u /* MFD_ALLOW_SEALING */);
  int closed = (int)syscall(SYS_memfd_create, "s", 0u);
  CHECK(fcntl(closed, F_GET_SEALS) == F_SEAL_SEAL && fcntl(open_seals, F_GET_SEALS) == 0);
  CHECK_ERRNO(fcntl(closed, F_ADD_SEALS, F_SEAL_WRITE), EPERM);
  int fd = open_seals;
  CHECK(write(fd, "12345678", 8) == 8);
  CHECK(fcntl(fd, F_ADD_SEALS, F_SEAL_GROW | F_SEAL_SHRINK) == 0);
  CHECK_ERRNO(ftruncate(fd, 4), EPERM);
  CHECK_ERRNO(ftruncate(fd, 16), EPERM);
  CHECK_ERRNO(write(fd, "x", 1), EPERM);
  CHECK(pwrite(fd, "x", 1, 0) == 1);
  char *a = mmap(NULL, PAGE, BOTH, MAP_SHARED, fd, 0);
  CHECK(a != MAP_FAILED);
  CHECK_ERRNO(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE), EBUSY);
  CHECK(munmap(a, PAGE) == 0);
  CHECK(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE) == 0);
  CHECK_ERRNO(pwrite(fd, "x", 1, 0), EPERM);
  CHECK_ERRNO((long)mmap(NULL, PAGE, BOTH, MAP_SHARED, fd, 0), EPERM);
  CHECK(mmap(NULL, PAGE, BOTH, MAP_PRIVATE, fd, 0) != MAP_FAILED);
  CHECK_ERRNO(fcntl(fd, F_ADD_SEALS, 0x8000), EINVAL);
  CHECK(fcntl(fd, F_ADD_SEALS, F_SEAL_SEAL) == 0);
  CHECK_ERRNO(fcntl(fd, F_ADD_SEALS, F_SEAL_SEAL), EPERM);
}

static void sysv_segments(void) {
  int id = shmget(IPC_PRIVATE, 3 * PAGE + 1, IPC_CREAT | 0600);
  CHECK(id >= 0);
  char *a = shmat(id, NULL, 0), *b = shmat(id, NULL, SHM_RDONLY);
  CHECK(a != (void *)-1 && b != (void *)-1 && a != b);
  strcpy(a, "segment");
  CHECK(strcmp(b, "segment") == 0);
  struct shmid_ds ds;
  CHECK(shmctl(id, IPC_STAT, &ds) == 0);
  CHECK(ds.shm_segsz == 3 * PAGE + 1 && ds.shm_nattch == 2 && ds.shm_cpid == getpid() && ds.shm_lpid == getpid());
  CHECK((ds.shm_perm.mode & 0777) == 0600 && ds.shm_perm.uid == geteuid() && ds.shm_atime != 0 && ds.shm_dtime == 0);
  pid_t pid = fork();
  if (pid == 0) {
    struct shmid_ds inside;
    if (shmctl(id, IPC_STAT, &inside) != 0 || inside.shm_nattch != 4) _exit(1); /* inherited */
    strcpy(a, "child");
    if (shmdt(a) != 0 || shmdt(b) != 0) _exit(2);
    _exit(shmdt(a) == -1 && errno == EINVAL ? 0 : 3);
  }
  int status;
  CHECK(waitpid(pid, &status, 0) == pid && status == 0);
  CHECK(strcmp(b, "child") == 0);
  CHECK(shmctl(id, IPC_STAT, &ds) == 0 && ds.shm_nattch == 2 && ds.shm_dtime != 0);
  /* Removed: it stays until the last one detaches, and can still be attached by its number. */
  CHECK(shmctl(id, IPC_RMID, NULL) == 0);
  CHECK(shmctl(id, IPC_STAT, &ds) == 0 && (ds.shm_perm.mode & 01000) != 0);
  char *c = shmat(id, NULL, 0);
  CHECK(c != (void *)-1 && strcmp(c, "child") == 0);
  CHECK(shmdt(a) == 0 && shmdt(b) == 0 && shmdt(c) == 0);
  CHECK_ERRNO(shmctl(id, IPC_STAT, &ds), EINVAL);
  CHECK_ERRNO((long)shmat(id, NULL, 0), EINVAL);
}

static void sysv_keys(void) {
  int old = shmget(KEY, 0, 0);
  if (old >= 0) shmctl(old, IPC_RMID, NULL);
  CHECK_ERRNO(shmget(KEY, PAGE, 0600), ENOENT);
  int id = shmget(KEY, PAGE, IPC_CREAT | IPC_EXCL | 0600);
  CHECK(id >= 0);
  CHECK(shmget(KEY, PAGE, IPC_CREAT | 0600) == id && shmget(KEY, 0, 0) == id);
  CHECK_ERRNO(shmget(KEY, PAGE, IPC_CREAT | IPC_EXCL | 0600), EEXIST);
  CHECK_ERRNO(shmget(KEY, 2 * PAGE, 0600), EINVAL);
  CHECK_ERRNO(shmget(IPC_PRIVATE, 0, IPC_CREAT | 0600), EINVAL);
  CHECK(shmctl(id, IPC_RMID, NULL) == 0);
  int next = shmget(KEY, PAGE, IPC_CREAT | 0600);
  CHECK(next >= 0 && next != id); /* numbers are not used again soon */
  CHECK_ERRNO(shmctl(id, IPC_RMID, NULL), EINVAL);
  CHECK(shmctl(next, IPC_RMID, NULL) == 0);
}

static void sysv_addresses(void) {
  int id = shmget(IPC_PRIVATE, 2 * PAGE, 0600);
  char *free_place = mmap(NULL, 8 * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  CHECK(munmap(free_place, 8 * PAGE) == 0);
  CHECK(shmat(id, free_place, 0) == free_place);
  CHECK_ERRNO((long)shmat(id, free_place + PAGE, 0), EINVAL); /* something is there */
  CHECK_ERRNO((long)shmat(id, free_place + 4 * PAGE + 5, 0), EINVAL);
  CHECK(shmat(id, free_place + 4 * PAGE + 5, SHM_RND) == free_place + 4 * PAGE);
  CHECK(shmat(id, free_place + 4 * PAGE, SHM_REMAP) == free_place + 4 * PAGE);
  CHECK_ERRNO((long)shmat(id, NULL, SHM_REMAP), EINVAL);
  strcpy(free_place + PAGE, "second page");
  CHECK(strcmp(free_place + 5 * PAGE, "second page") == 0);
  CHECK_ERRNO(shmdt(free_place + PAGE), EINVAL);
  CHECK_ERRNO(shmdt(free_place + 1), EINVAL);
  CHECK(shmdt(free_place) == 0 && shmdt(free_place + 4 * PAGE) == 0);
  struct shmid_ds ds;
  CHECK(shmctl(id, IPC_STAT, &ds) == 0 && ds.shm_nattch == 0);
  CHECK(shmctl(id, IPC_RMID, NULL) == 0);
}

static void sysv_control(void) {
  int id = shmget(IPC_PRIVATE, PAGE, 0600);
  struct shmid_ds ds;
  CHECK(shmctl(id, IPC_STAT, &ds) == 0);
  ds.shm_perm.mode = 0644;
  CHECK(shmctl(id, IPC_SET, &ds) == 0);
  CHECK(shmctl(id, IPC_STAT, &ds) == 0 && (ds.shm_perm.mode & 0777) == 0644 && ds.shm_ctime != 0);
  struct shminfo info;
  CHECK(shmctl(0, IPC_INFO, (void *)&info) >= 0 && info.shmmin == 1 && info.shmmni >= 32);
  struct shm_info totals;
  int top = shmctl(0, SHM_INFO, (void *)&totals);
  CHECK(top >= 0 && totals.used_ids >= 1 && totals.shm_tot >= 1);
  int found = 0;
  for (int slot = 0; slot <= top; slot++)
    if (shmctl(slot, SHM_STAT, &ds) == id) found = 1;
  CHECK(found);
  CHECK_ERRNO(shmctl(id, 999, &ds), EINVAL);
  CHECK_ERRNO(shmctl(-1, IPC_STAT, &ds), EINVAL);
  CHECK_ERRNO(shmctl(id, IPC_STAT, (void *)8), EFAULT);
  CHECK(shmctl(id, IPC_RMID, NULL) == 0);
}

static void sysv_permissions(void) {
  int mine = shmget(IPC_PRIVATE, PAGE, 0600), readable = shmget(IPC_PRIVATE, PAGE, 0644);
  if (geteuid() != 0) FAIL("this test needs the superuser");
  pid_t pid = fork();
  if (pid == 0) {
    if (setgid(65534) != 0 || setuid(65534) != 0) _exit(1);
    if (shmat(mine, NULL, SHM_RDONLY) != (void *)-1 || errno != EACCES) _exit(2);
    if (shmat(readable, NULL, 0) != (void *)-1 || errno != EACCES) _exit(3);
    if (shmat(readable, NULL, SHM_RDONLY) == (void *)-1) _exit(4);
    if (shmctl(readable, IPC_RMID, NULL) != -1 || errno != EPERM) _exit(5);
    struct shmid_ds ds;
    if (shmctl(mine, IPC_STAT, &ds) != -1 || errno != EACCES) _exit(6);
    _exit(0);
  }
  int status;
  CHECK(waitpid(pid, &status, 0) == pid);
  CHECK(shmctl(mine, IPC_RMID, NULL) == 0 && shmctl(readable, IPC_RMID, NULL) == 0);
  if (status != 0) FAIL("the other user's step %d failed", WEXITSTATUS(status));
}

static void sysv_ends_with_process(void) {
  int id = shmget(IPC_PRIVATE, PAGE, 0600);
  pid_t pid = fork();
  if (pid == 0) {
    char *a = shmat(id, NULL, 0);
    if (a == (void *)-1) _exit(1);
    a[0] = 1;
    _exit(shmctl(id, IPC_RMID, NULL));
  }
  int status;
  CHECK(waitpid(pid, &status, 0) == pid && status == 0);
  struct shmid_ds ds;
  CHECK_ERRNO(shmctl(id, IPC_STAT, &ds), EINVAL);
}

int main(void) {
  TEST(anonymous_is_shared, "pages of MAP_SHARED | MAP_ANONYMOUS appear for all who have them");
  TEST(posix_objects, "shm_open(3) over tmpfs");
  TEST(memory_descriptors, "memfd_create(2)");
  TEST(sealed_descriptors, "fcntl(2): F_ADD_SEALS");
  TEST(sysv_segments, "shmop(2): attachments and removal");
  TEST(sysv_keys, "shmget(2)");
  TEST(sysv_addresses, "shmat(2): addresses");
  TEST(sysv_control, "shmctl(2)");
  TEST(sysv_permissions, "sysvipc(7): permissions");
  TEST(sysv_ends_with_process, "exit detaches");
  return finish();
}
