/*
 * fuzz-table.c - lines of tables: any text is either refused with a reason that names the line, or makes
 * a table; any row that a check takes, a look-up understands.
 */
#include <assert.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "bridge/base/verdict.h"
#include "bridge/message/addr.h"
#include "bridge/store/inbound.h"
#include "bridge/store/map.h"
#include "bridge/store/policy.h"
#include "bridge/store/route.h"
#include "bridge/store/table.h"
#include "bridge/store/user.h"
#include "t/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerInitialize(int *argc, char ***argv);

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	static const char *const seeds[] = {
		"sms.example.com phone:operator-a lead=subject smart=yes segments=3",
		"+1900 error:5.7.1 premium numbers are not served",
		"staff allow=+86,+1 deny=+1900 rate=10/m daily=200 mms=yes auth=sasl,dkim,spf,ip quiet=22:00-07:00",
		"bob name=\"Bob B\" mail=bob@example.com tel=+8613800138000 im=bob@im.example.org class=staff",
		"# comment\n\na@b.c  sms:x\n  continued\n10690123 HELP  mailto:support@example.com\n",
	};

	(void)argc;
	(void)argv;
	for (size_t i = 0; i < sizeof seeds / sizeof seeds[0]; i++)
		fuzz_seed(seeds[i], strlen(seeds[i]));
	return 0;
}

static char dir[] = "/tmp/fuzz-table.XXXXXX";

static void
remove_dir(void)
{
	char path[64];
	static const char *const files[] = { "t", "t.db" };

	for (int i = 0; i < 2; i++) {
		snprintf(path, sizeof path, "%s/%s", dir, files[i]);
		unlink(path);
	}
	rmdir(dir);
}

/* A row by itself: what is taken can be looked up, and is never "could not tell". */
static void
row(const char *key, const char *value)
{
	static const struct addr_rules rules = { "49", "0", "00" };
	char name[8192];
	struct verdict v;
	struct policy p;
	struct route r;
	struct user u;
	struct table *t;

	if (strpbrk(key, ",=!") || strchr(value, ',') || strlen(key) + strlen(value) > 4000)
		return; /* a static table's own marks */
	snprintf(name, sizeof name, "static:%s=%s", key, value);
	if (!(t = table_open(name, &v)))
		return;
	if (policy_check(key, value, &v) == 0 && *key)
		assert(policy_find(t, key, NULL, &p, &v) == 0 && policy_number(&p, "+4915550100", "49", &v) <= 0);
	if (user_check(key, value, &v) == 0)
		assert(user_find(t, key, &u, &v) >= 0);
	if (route_check(key, value, &v) == 0)
		route_find(t, NULL, &rules, key, &r, NULL, NULL, &v);
	table_close(t);
}

/* The text as a table's source. */
static void
text(const uint8_t *data, size_t size)
{
	static const struct map_kind kinds[] = {
		{ "routes", route_check, NULL, false },
		{ "policy", policy_check, NULL, false },
		{ "users", user_check, user_other_key, false },
		{ "inbound", inbound_check, NULL, true },
	};
	char path[64], *told = NULL;
	size_t len = 0;
	FILE *f, *errors = open_memstream(&told, &len);
	int rc;

	snprintf(path, sizeof path, "%s/t", dir);
	f = fopen(path, "w");
	assert(f && errors && fwrite(data, 1, size, f) == size && fclose(f) == 0);
	rc = map_build(path, &kinds[size % 4], errors);
	fclose(errors);
	assert(rc == 0 || (rc == EX_DATAERR && len > 0));
	free(told);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static unsigned n;
	char *s = malloc(size + 1), *space;

	if (n == 0) {
		assert(mkdtemp(dir));
		atexit(remove_dir);
	}
	memcpy(s, data, size);
	s[size] = '\0';
	space = strpbrk(s, " \t\n");
	if (space) {
		*space = '\0';
		row(s, space + 1);
	}
	free(s);
	/* Files are slow: a part of the inputs suffices for the lines. */
	if (n++ % 16 == 0)
		text(data, size);
	return 0;
}
