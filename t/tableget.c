/*
 * tableget.c - looks keys up in a table, for the script tests.
 *
 *	tableget TABLE KEY...	  one line per key: "1 VALUE", "0", or "-1 DSN TEXT"
 *	tableget TABLE -	  the same for keys on standard input, one per line
 *	tableget -r N TABLE KEY...	N threads ask for all the keys again and again until
 *standard input ends (says "asking" first); then prints "COUNT look-ups, COUNT not found, COUNT
 *failed"
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bridge/base/verdict.h"
#include "bridge/store/map.h"
#include "bridge/store/route.h"
#include "bridge/store/table.h"

static struct table *table;
static char **keys;
static atomic_bool stop;
static atomic_long asked, missing, failed;

static void
show(const char *key)
{
	char value[TABLE_VALUE];
	struct verdict v;
	int rc = table_get(table, key, value, sizeof value, &v);

	if (rc == 1)
		printf("1 %s\n", value);
	else if (rc == 0)
		printf("0\n");
	else
		printf("-1 %s %s\n", v.dsn, v.text);
	fflush(stdout);
}

static void *
ask(void *arg)
{
	while (!stop)
		for (char **k = keys; *k; k++) {
			char value[TABLE_VALUE];
			struct verdict v;
			int rc = table_get(table, *k, value, sizeof value, &v);

			asked++;
			missing += rc == 0;
			failed += rc < 0;
		}
	return arg;
}

static void
race(int n)
{
	pthread_t *threads = calloc((size_t)n, sizeof *threads);
	char c;

	for (int i = 0; i < n; i++)
		pthread_create(&threads[i], NULL, ask, NULL);
	/* Whoever waits for this line knows that the table is in use. */
	while (asked < 1000)
		usleep(1000);
	puts("asking");
	fflush(stdout);
	while (read(0, &c, 1) > 0)
		continue;
	stop = true;
	for (int i = 0; i < n; i++)
		pthread_join(threads[i], NULL);
	free(threads);
	printf("%ld look-ups, %ld not found, %ld failed\n", asked, missing, failed);
}

int
main(int argc, char **argv)
{
	static const struct map_kind kind = { "routes", route_check, NULL, false };
	struct verdict v;
	int threads = 0;
	char line[TABLE_VALUE];

	if (argc == 3 && strcmp(argv[1], "-m") == 0)
		return map_build(argv[2], &kind, stdout);
	if (argc > 3 && strcmp(argv[1], "-r") == 0) {
		threads = atoi(argv[2]);
		argv += 2;
		argc -= 2;
	}
	if (argc < 3)
		return 64;
	table = table_open(argv[1], &v);
	if (!table) {
		printf("%s %s\n", v.dsn, v.text);
		return 1;
	}
	keys = argv + 2;
	if (threads)
		race(threads);
	else if (strcmp(keys[0], "-") != 0)
		for (; *keys; keys++)
			show(*keys);
	else
		while (fgets(line, sizeof line, stdin)) {
			line[strcspn(line, "\n")] = '\0';
			show(line);
		}
	table_close(table);
	return 0;
}
