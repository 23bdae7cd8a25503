/*
 * bare.c - the least that could stand in Trivium's place, for the bench to compare with.
 *
 *	bare discard MILTER-SOCKET		a milter that reads each mail, keeps nothing and drops it
 *	bare send MILTER-SOCKET URL DIR		one that makes it plain text with GMime, puts that into a
 *						Berkeley DB in DIR, on the disk before it says yes, and posts
 *						it to URL by libcurl; what was taken is deleted
 *	bare queue URL DIR N IN-FLIGHT		the same without a milter, fed with N messages from within; prints
 *						"RATE messages/s CPU-MICROSECONDS-each"
 *
 * All in one process: no bridge, no question at RCPT, no tables, policy, history, segments or retries.
 */
#include <curl/curl.h>
#include <db.h>
#include <errno.h>
#include <gmime/gmime.h>
#include <libmilter/mfapi.h>
#include <libmilter/mfdef.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bridge/base/buf.h"
#include "bridge/base/mem.h"
#include "t/alarm.h"

enum { MAIL = 1 << 20, TEXT = 900, SOAP = 16 * 1024, IDLE = 1024 };

/* A mail on its way from the milter through the store to the platform, and out of the store again. */
struct item {
	struct item *next;
	uint64_t key;
	struct buf soap;
	bool taken; /* by the platform */
	bool stored;
	pthread_cond_t done;
	atomic_uint users;
};

/* A connection's mail. */
struct mail {
	struct buf bytes;
	char to[64];
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* guards both lists */
static pthread_cond_t work = PTHREAD_COND_INITIALIZER;
static struct item *to_write, **last_to_write = &to_write;
static struct item *to_send, **last_to_send = &to_send;
static DB_ENV *env;
static DB *db;
static CURLM *multi;
static const char *url; /* NULL: nothing is kept */
static atomic_ulong numbers;
static void (*on_gone)(void); /* the store has forgotten one; NULL: nobody wants to know */

static void
leave(struct item *i)
{
	if (--i->users > 0)
		return;
	buf_free(&i->soap);
	free(i);
}

static void
write_item(struct item *i)
{
	pthread_mutex_lock(&lock);
	i->next = NULL;
	*last_to_write = i;
	last_to_write = &i->next;
	pthread_mutex_unlock(&lock);
	pthread_cond_signal(&work);
}

/* All that wait in one transaction, as triviumd's writer does it. */
static void
transact(struct item *batch)
{
	DB_TXN *txn;

	if (env->txn_begin(env, NULL, &txn, 0) != 0)
		abort();
	for (struct item *i = batch; i; i = i->next) {
		DBT key = { .data = &i->key, .size = sizeof i->key };
		DBT value = { .data = i->soap.data, .size = (u_int32_t)i->soap.len };

		if (i->taken ? db->del(db, txn, &key, 0) : db->put(db, txn, &key, &value, 0))
			abort();
	}
	if (txn->commit(txn, DB_TXN_SYNC) != 0)
		abort();
}

static void *
run_writer(void *unused)
{
	struct item *batch, *next;
	unsigned gone;

	for (;; curl_multi_wakeup(multi)) {
		gone = 0;
		pthread_mutex_lock(&lock);
		while (!to_write)
			pthread_cond_wait(&work, &lock);
		batch = to_write;
		to_write = NULL;
		last_to_write = &to_write;
		pthread_mutex_unlock(&lock);
		transact(batch);
		pthread_mutex_lock(&lock);
		for (struct item *i = batch; i; i = next) {
			next = i->next;
			if (i->taken) {
				leave(i);
				gone++;
				continue;
			}
			i->stored = true;
			pthread_cond_signal(&i->done);
			i->next = NULL;
			*last_to_send = i;
			last_to_send = &i->next;
		}
		pthread_mutex_unlock(&lock);
		for (; on_gone && gone; gone--)
			on_gone();
	}
	return unused;
}

static size_t
on_answer(char *bytes, size_t size, size_t n, void *unused)
{
	(void)bytes;
	(void)unused;
	return size * n;
}

static CURL *
new_call(void)
{
	static struct curl_slist *headers;
	CURL *e = curl_easy_init();

	if (!headers) {
		headers = curl_slist_append(NULL, "SOAPAction: \"\"");
		headers = curl_slist_append(headers, "Content-Type: text/xml; charset=utf-8");
	}
	curl_easy_setopt(e, CURLOPT_URL, url);
	curl_easy_setopt(e, CURLOPT_HTTPHEADER, headers);
	curl_easy_setopt(e, CURLOPT_WRITEFUNCTION, on_answer);
	return e;
}

static void
end_calls(CURL **idle, unsigned *nidle)
{
	CURLMsg *m;
	int left;

	while ((m = curl_multi_info_read(multi, &left))) {
		CURL *e = m->easy_handle;
		struct item *i;

		if (m->data.result != CURLE_OK)
			abort();
		curl_easy_getinfo(e, CURLINFO_PRIVATE, &i);
		curl_multi_remove_handle(multi, e);
		i->taken = true;
		write_item(i);
		if (*nidle < IDLE)
			idle[(*nidle)++] = e;
		else
			curl_easy_cleanup(e);
	}
}

static void *
run_sender(void *unused)
{
	static CURL *idle[IDLE];
	unsigned nidle = 0;
	struct item *i;
	int running;

	for (;; curl_multi_poll(multi, NULL, 0, 1000, NULL)) {
		pthread_mutex_lock(&lock);
		i = to_send;
		to_send = NULL;
		last_to_send = &to_send;
		pthread_mutex_unlock(&lock);
		for (; i; i = i->next) {
			CURL *e = nidle ? idle[--nidle] : new_call();

			curl_easy_setopt(e, CURLOPT_POSTFIELDSIZE, (long)i->soap.len);
			curl_easy_setopt(e, CURLOPT_POSTFIELDS, i->soap.data);
			curl_easy_setopt(e, CURLOPT_PRIVATE, i);
			curl_multi_add_handle(multi, e);
		}
		curl_multi_perform(multi, &running);
		end_calls(idle, &nidle);
	}
	return unused;
}

static void
open_store(const char *dir)
{
	if (db_env_create(&env, 0) != 0 || env->set_cachesize(env, 0, 16 << 20, 1) != 0 ||
	    env->set_lg_max(env, 8 << 20) != 0 || env->set_lg_bsize(env, 1 << 20) != 0 ||
	    env->log_set_config(env, DB_LOG_AUTO_REMOVE | DB_LOG_ZERO, 1) != 0 ||
	    env->open(env, dir, DB_CREATE | DB_RECOVER | DB_PRIVATE | DB_INIT_TXN | DB_INIT_LOG | DB_INIT_MPOOL,
		0600) != 0 ||
	    db_create(&db, env, 0) != 0 || db->set_pagesize(db, 8192) != 0 ||
	    db->open(db, NULL, "bare.db", NULL, DB_BTREE, DB_CREATE | DB_AUTO_COMMIT, 0600) != 0) {
		fprintf(stderr, "bare: no store in %s\n", dir);
		exit(1);
	}
}

/* The milter's side. */

static sfsistat
on_negotiate(SMFICTX *ctx, unsigned long actions, unsigned long steps, unsigned long unused2,
    unsigned long unused3, unsigned long *our_actions, unsigned long *our_steps,
    unsigned long *our_unused2, unsigned long *our_unused3)
{
	static const int stages[] = { SMFIM_CONNECT, SMFIM_ENVFROM, SMFIM_ENVRCPT, SMFIM_DATA, SMFIM_EOM };
	struct mail *m = xcalloc(1, sizeof *m);

	(void)unused2;
	(void)unused3;
	for (size_t i = 0; i < sizeof stages / sizeof *stages; i++) {
		char macros[] = "i";

		smfi_setsymlist(ctx, stages[i], macros);
	}
	*our_actions = actions & SMFIF_SETSYMLIST;
	*our_steps = steps & (SMFIP_NOHELO | SMFIP_NOUNKNOWN | SMFIP_NOCONNECT | SMFIP_NODATA | SMFIP_NR_EOH |
				 SMFIP_NR_MAIL | SMFIP_NR_HDR | SMFIP_SKIP | SMFIP_HDR_LEADSPC);
	*our_unused2 = *our_unused3 = 0;
	buf_init(&m->bytes, MAIL);
	smfi_setpriv(ctx, m);
	return SMFIS_CONTINUE;
}

static sfsistat
on_mail(SMFICTX *ctx, char **argv)
{
	struct mail *m = smfi_getpriv(ctx);

	(void)argv;
	buf_reset(&m->bytes);
	return SMFIS_NOREPLY;
}

static sfsistat
on_rcpt(SMFICTX *ctx, char **argv)
{
	struct mail *m = smfi_getpriv(ctx);

	snprintf(m->to, sizeof m->to, "tel:+49%.*s", (int)strcspn(argv[0] + 1, "@"), argv[0] + 1);
	return SMFIS_CONTINUE;
}

static sfsistat
on_header(SMFICTX *ctx, char *name, char *value)
{
	struct mail *m = smfi_getpriv(ctx);

	buf_adds(&m->bytes, name);
	buf_adds(&m->bytes, ":");
	buf_adds(&m->bytes, value);
	buf_adds(&m->bytes, "\r\n");
	return SMFIS_NOREPLY;
}

static sfsistat
on_end_of_headers(SMFICTX *ctx)
{
	struct mail *m = smfi_getpriv(ctx);

	buf_adds(&m->bytes, "\r\n");
	return SMFIS_NOREPLY;
}

static sfsistat
on_body(SMFICTX *ctx, unsigned char *bytes, size_t len)
{
	struct mail *m = smfi_getpriv(ctx);

	buf_add(&m->bytes, bytes, len);
	return SMFIS_CONTINUE;
}

static void
make_soap(const struct mail *m, struct buf *soap)
{
	GMimeStream *stream = g_mime_stream_mem_new_with_buffer(m->bytes.data, m->bytes.len);
	GMimeParser *parser = g_mime_parser_new_with_stream(stream);
	GMimeMessage *message = g_mime_parser_construct_message(parser, NULL);
	GMimeObject *body = message ? g_mime_message_get_body(message) : NULL;
	char *text = body && GMIME_IS_TEXT_PART(body) ? g_mime_text_part_get_text(GMIME_TEXT_PART(body)) : NULL;
	const char *subject = message ? g_mime_message_get_subject(message) : NULL;
	char *sms = xasprintf("%s\n%.*s", subject ? subject : "", TEXT, text ? text : "");

	alarm_soap(m->to, sms, soap);
	free(sms);
	g_free(text);
	if (message)
		g_object_unref(message);
	g_object_unref(parser);
	g_object_unref(stream);
}

static sfsistat
on_end(SMFICTX *ctx)
{
	struct item *i;

	if (!url)
		return SMFIS_DISCARD;
	i = xcalloc(1, sizeof *i);
	i->key = __builtin_bswap64(++numbers); /* in the order in which they come */
	i->users = 2;
	pthread_cond_init(&i->done, NULL);
	buf_init(&i->soap, SOAP);
	make_soap(smfi_getpriv(ctx), &i->soap);
	write_item(i);
	pthread_mutex_lock(&lock);
	while (!i->stored)
		pthread_cond_wait(&i->done, &lock);
	pthread_mutex_unlock(&lock);
	leave(i);
	return SMFIS_DISCARD;
}

static sfsistat
on_close(SMFICTX *ctx)
{
	struct mail *m = smfi_getpriv(ctx);

	if (m)
		buf_free(&m->bytes);
	free(m);
	smfi_setpriv(ctx, NULL);
	return SMFIS_CONTINUE;
}

static int
run_milter(char *socket)
{
	static char name[] = "bare";
	struct smfiDesc milter = {
		.xxfi_name = name,
		.xxfi_version = SMFI_VERSION,
		.xxfi_flags = SMFIF_SETSYMLIST,
		.xxfi_envfrom = on_mail,
		.xxfi_envrcpt = on_rcpt,
		.xxfi_header = on_header,
		.xxfi_eoh = on_end_of_headers,
		.xxfi_body = on_body,
		.xxfi_eom = on_end,
		.xxfi_close = on_close,
		.xxfi_negotiate = on_negotiate,
	};

	return smfi_register(milter) == MI_SUCCESS && smfi_setconn(socket) == MI_SUCCESS && smfi_main() == MI_SUCCESS
		   ? 0
		   : 1;
}

/* Without a milter. */

static long wanted, started, gone;
static pthread_cond_t all_gone = PTHREAD_COND_INITIALIZER;

static void
start_one(void)
{
	struct item *i = xcalloc(1, sizeof *i);

	i->key = __builtin_bswap64(++numbers);
	i->users = 1;
	buf_init(&i->soap, SOAP);
	alarm_soap_nth(started++, &i->soap);
	write_item(i);
}

/* On the writer's thread, which alone starts messages after the first ones. */
static void
start_another(void)
{
	if (started < wanted)
		start_one();
	pthread_mutex_lock(&lock);
	if (++gone == wanted)
		pthread_cond_signal(&all_gone);
	pthread_mutex_unlock(&lock);
}

static double
seconds_of(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void
start_threads(void)
{
	pthread_t writer, sender;

	curl_global_init(CURL_GLOBAL_ALL);
	multi = curl_multi_init();
	if ((errno = pthread_create(&writer, NULL, run_writer, NULL)) != 0 ||
	    (errno = pthread_create(&sender, NULL, run_sender, NULL)) != 0) {
		perror("bare: no thread");
		exit(1);
	}
}

static int
run_queue(long n, long in_flight)
{
	double begin = seconds_of(CLOCK_MONOTONIC), cpu = seconds_of(CLOCK_PROCESS_CPUTIME_ID);

	wanted = n;
	on_gone = start_another;
	while (started < wanted && started < in_flight)
		start_one();
	start_threads();
	pthread_mutex_lock(&lock);
	while (gone < wanted)
		pthread_cond_wait(&all_gone, &lock);
	pthread_mutex_unlock(&lock);
	printf("%.0f messages/s %.0f us\n", (double)n / (seconds_of(CLOCK_MONOTONIC) - begin),
	    (seconds_of(CLOCK_PROCESS_CPUTIME_ID) - cpu) * 1e6 / (double)n);
	return 0;
}

int
main(int argc, char **argv)
{
	if (argc == 3 && strcmp(argv[1], "discard") == 0)
		return run_milter(argv[2]);
	if (argc == 6 && strcmp(argv[1], "queue") == 0) {
		url = argv[2];
		open_store(argv[3]);
		return run_queue(atol(argv[4]), atol(argv[5]));
	}
	if (argc != 5 || strcmp(argv[1], "send") != 0)
		return 64;
	url = argv[3];
	open_store(argv[4]);
	g_mime_init();
	start_threads();
	return run_milter(argv[2]);
}
