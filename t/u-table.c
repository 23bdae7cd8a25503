/*
 * u-table.c - tables: one shared set of look-ups over every kind, and what a file's troubles give.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <fcntl.h>
#include <time.h>
#include <unistd.h>

#include "bridge/base/log.h"
#include "bridge/base/verdict.h"
#include "bridge/store/bdb_file.h"
#include "bridge/store/records.h"
#include "bridge/store/table.h"
#include "t/tap.h"

static char dir[] = "/tmp/trivium-u-table-XXXXXX";
static struct verdict v;
static char value[TABLE_VALUE];

/* Make DIR/NAME.db of pairs, in a file of its own that then takes the name. */
static void
make(const char *name, bool btree, const char *const *pairs)
{
	struct records *r = records_new();
	char at[100], new[100];

	snprintf(at, sizeof at, "%s/%s.db", dir, name);
	snprintf(new, sizeof new, "%s/new", dir);
	for (; *pairs; pairs += 2)
		records_add(r, pairs[0], strlen(pairs[0]), pairs[1], strlen(pairs[1]));
	close(open(new, O_CREAT | O_TRUNC | O_WRONLY, 0644));
	if (bdb_file_write(new, btree, r, &v) < 0 || rename(new, at) < 0)
		printf("# %s\n", v.text);
	records_free(r);
}

static void
garbage(const char *name, const char *bytes, size_t len)
{
	char at[100], new[100];
	FILE *f;

	snprintf(at, sizeof at, "%s/%s.db", dir, name);
	snprintf(new, sizeof new, "%s/new", dir);
	f = fopen(new, "w");
	if (!f || fwrite(bytes, 1, len, f) != len || fclose(f) != 0 || rename(new, at) < 0)
		printf("# cannot make %s\n", at);
}

static struct table *
open_in_dir(const char *kind, const char *name)
{
	char full[100];

	snprintf(full, sizeof full, "%s:%s/%s", kind, dir, name);
	return table_open(full, &v);
}

static const char *const pairs[] = { "sms.example.com", "phone:a", "+1900", "error:5.7.1 no", "e",
	"", NULL };

/* What must hold of every kind that was given these pairs. */
static void
shared(struct table *t, const char *kind)
{
	char small[4];

	printf("# %s\n", kind);
	if (!ok(t != NULL, "open"))
		return;
	is_int(table_get(t, "sms.example.com", value, sizeof value, &v), 1, "a key that is there");
	is_str(value, "phone:a", "its value");
	is_int(table_get(t, "sms.example.co", value, sizeof value, &v), 0, "a shorter key is not");
	is_int(table_get(t, "sms.example.comm", value, sizeof value, &v), 0, "nor a longer one");
	is_int(table_get(t, "SMS.example.com", value, sizeof value, &v), 0, "nor one in capitals");
	is_int(table_get(t, "", value, sizeof value, &v), 0, "nor an empty one");
	is_int(table_get(t, "+1900", small, sizeof small, &v), 1, "little room");
	is_str(small, "err", "cuts the value");
	is_int(table_get(t, "e", value, sizeof value, &v), 1, "an empty value is one");
	is_str(value, "", "and empty");
	table_close(t);
}

static void
test_names(void)
{
	static const char *const bad[] = { "", "hash", "hash:relative", "lmdb:/x", "hashes:/x",
		":/x", "static:a", "static:a=b,c", NULL };

	for (const char *const *b = bad; *b; b++) {
		struct table *t = table_open(*b, &v);

		ok(!t && v.is == NEVER && v.text[0], "no table: \"%s\"", *b);
		table_close(t);
	}
	table_close(NULL);
}

static void
test_static(void)
{
	struct table *t = table_open("static:!=the disk is gone,a=b", &v);

	is_int(table_get(t, "a", value, sizeof value, &v), -1, "a static table that cannot tell");
	is_str(v.text, "the disk is gone", "says so");
	table_close(t);
}

/* Look up when the clock has moved on, as a change is noticed within a few milliseconds. */
static int
get_now(struct table *t, const char *key)
{
	nanosleep(&(struct timespec){ .tv_nsec = 20000000 }, NULL);
	return table_get(t, key, value, sizeof value, &v);
}

static void
test_missing(void)
{
	struct table *t = open_in_dir("hash", "later");
	char want[200];

	ok(t != NULL, "a file that is not there yet can be opened");
	is_int(get_now(t, "e"), -1, "but not looked up in");
	snprintf(want, sizeof want, "%s/later.db: No such file or directory", dir);
	is_str(v.text, want, "which is told");
	ok(v.is == LATER && strcmp(v.dsn, "4.3.0") == 0, "as LATER 4.3.0");
	make("later", false, pairs);
	is_int(get_now(t, "e"), 1, "once it is there, it is noticed");
	table_close(t);
}

static const char *const first[] = { "k", "one", NULL }, *const second[] = { "k", "two", NULL };

static void
test_replaced(void)
{
	struct table *t;
	char at[100];

	make("r", false, first);
	t = open_in_dir("btree", "r");
	is_int(get_now(t, "k"), 1, "before");
	make("r", true, second);
	get_now(t, "k");
	is_str(value, "two", "a replaced file is noticed, and may be of the other type");

	garbage("r", "no database", 11);
	is_int(get_now(t, "k"), 1, "garbage keeps the old contents");
	is_str(value, "two", "the same");
	garbage("r", "", 0);
	is_int(
	    get_now(t, "k"), 1, "an empty file keeps the old contents");
	snprintf(at, sizeof at, "%s/r.db", dir);
	unlink(at);
	is_int(
	    get_now(t, "k"), 1, "a removed file keeps the old contents");
	make("r", true, first);
	chmod(at, 0666);
	get_now(t, "k");
	is_str(value, "two", "a file that everyone may write is not read");
	chmod(at, 0644);
	get_now(t, "k");
	is_str(value, "one", "until that is mended");
	table_close(t);
}

static size_t
bytes_of(const char *name, char *bytes, size_t room)
{
	char at[100];
	FILE *f;
	size_t n;

	snprintf(at, sizeof at, "%s/%s.db", dir, name);
	f = fopen(at, "r");
	n = f ? fread(bytes, 1, room, f) : 0;
	if (f)
		fclose(f);
	return n;
}

/* A change within the same tick of the file system's clock, of the same size, is seen once it could
 * not be the same tick any more. (Linux 6.13 and later stamp finely enough after a stat(2), so
 * there this cannot fail.) */
static void
test_same_stamp(void)
{
	static char one[1 << 16], two[1 << 16];
	struct table *t = open_in_dir("hash", "s");
	size_t len;
	char at[100];
	int seen = 0, fd;

	make("s", false, second);
	bytes_of("s", two, sizeof two);
	make("s", false, first);
	len = bytes_of("s", one, sizeof one);
	snprintf(at, sizeof at, "%s/s.db", dir);
	fd = open(at, O_RDWR);
	for (int i = 0; i < 10; i++) {
		seen += pwrite(fd, one, len, 0) == (ssize_t)len;
		table_get(t, "k", value, sizeof value, &v);
		seen += pwrite(fd, two, len, 0) == (ssize_t)len;
		nanosleep(&(struct timespec){ .tv_nsec = 150000000 }, NULL);
		table_get(t, "k", value, sizeof value, &v);
		seen += strcmp(value, "two") == 0;
	}
	close(fd);
	is_int(seen, 30, "changes right after the reading are noticed");
	table_close(t);
}

static void
test_locked(void)
{
	struct flock whole = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	struct table *t, *new;
	char at[100];
	int fd;

	make("l", false, first);
	t = open_in_dir("hash", "l");
	table_get(t, "k", value, sizeof value, &v);
	make("l", false, second);
	snprintf(at, sizeof at, "%s/l.db", dir);
	for (int kind = 0; kind < 2; kind++) {
		printf("# a writer's lock by %s\n", kind ? "fcntl" : "flock");
		fd = open(at, O_RDWR);
		if (kind ? fcntl(fd, F_OFD_SETLK, &whole) : flock(fd, LOCK_EX))
			perror("# lock");
		table_get(t, "k", value, sizeof value, &v);
		is_str(value, "one", "while someone writes, the old contents stay");
		new = open_in_dir("hash", "l");
		is_int(
		    table_get(new, "k", value, sizeof value, &v), -1, "without any: cannot tell");
		ok(v.is == LATER && strstr(v.text, "another program is writing it"), "%s", v.text);
		close(fd);
		nanosleep(&(struct timespec){ .tv_sec = 1, .tv_nsec = 100000000 }, NULL);
		is_int(table_get(new, "k", value, sizeof value, &v), 1, "later it can");
		table_close(new);
	}
	table_get(t, "k", value, sizeof value, &v);
	is_str(value, "two", "then the new ones are read");
	table_close(t);
}

/* Every prefix of a good file, and every page of it spoilt: an answer, and never a wrong one. */
static void
test_damaged(bool btree)
{
	static char bytes[1 << 20];
	struct records *r = records_new();
	char at[100], key[20];
	size_t len, refused = 0, wrong = 0;
	FILE *f;

	for (int i = 0; i < 2000; i++) {
		snprintf(key, sizeof key, "key%d", i);
		records_add(r, key, strlen(key), "value", 5);
	}
	snprintf(at, sizeof at, "%s/d.db", dir);
	close(open(at, O_CREAT | O_TRUNC | O_WRONLY, 0644));
	bdb_file_write(at, btree, r, &v);
	records_free(r);
	f = fopen(at, "r");
	len = fread(bytes, 1, sizeof bytes, f);
	fclose(f);
	for (size_t cut = 0; cut < 2 * len; cut += 1024) {
		size_t n = cut < len ? cut : len;
		struct records *got = records_new();

		if (cut >= len)
			memset(bytes + cut - len, 0, 512);
		garbage("d", bytes, n);
		if (bdb_file_read(at, got, &v) < 0)
			refused++;
		else if (records_count(got) != 2000)
			wrong++;
		records_free(got);
	}
	ok(refused > 0 && wrong == 0, "a cut or zeroed %s file: %zu refused, %zu read in part",
	    btree ? "btree" : "hash", refused, wrong);
}

static void
test_records(void)
{
	struct records *r = records_new();
	char key[20];
	int found = 0;

	ok(!records_get(r, "a"), "no record in none");
	for (int i = 0; i < 10000; i++) {
		snprintf(key, sizeof key, "%d", i);
		records_add(r, key, strlen(key), key, strlen(key));
	}
	is_int(records_add(r, "7", 1, "x", 1), 1, "a key is added once");
	for (int i = 0; i < 10001; i++) {
		snprintf(key, sizeof key, "%d", i);
		found += records_get(r, key) && strcmp(records_get(r, key), key) == 0;
	}
	is_int(found, 10000, "all are found");
	is_int(records_add(r, "big", 3, "", (size_t)RECORDS_BYTES + 1), 0,
	    "a value is cut at its NUL");
	records_free(r);
}

int
main(void)
{
	char command[100];

	log_open("u-table", false);
	if (!mkdtemp(dir))
		return 1;
	make("h", false, pairs);
	make("b", true, pairs);
	shared(table_open("static:sms.example.com=phone:a,+1900=error:5.7.1 no,e=", &v), "static");
	shared(open_in_dir("hash", "h"), "hash");
	shared(open_in_dir("btree", "b"), "btree");
	shared(open_in_dir("hash", "b"), "a btree by the name of a hash");
	test_names();
	test_static();
	test_missing();
	test_replaced();
	test_same_stamp();
	test_locked();
	test_damaged(false);
	test_damaged(true);
	test_records();
	snprintf(command, sizeof command, "rm -r %s", dir);
	ok(system(command) == 0, "clean up");
	return tap_done();
}
