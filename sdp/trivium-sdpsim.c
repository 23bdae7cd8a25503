/*
 * trivium-sdpsim.c - a Parlay X platform with handsets on a web page, to try and to test Trivium
 * with. See trivium-sdpsim(8).
 */
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "bridge/base/http.h"
#include "bridge/base/httpd.h"
#include "bridge/base/log.h"
#include "bridge/base/loop.h"
#include "bridge/base/verdict.h"
#include "sdp/sim.h"
#include "sdp/sim_answer.h"
#include "sdp/sim_phone.h"
#include "sdp/sim_receipt.h"
#include "sdp/sim_rule.h"
#include "sdp/sim_state.h"
#include "sdp/sim_web.h"

enum { BODY_MAX = 8 * 1024 * 1024, CONNECTIONS_MAX = 1000, IDLE_S = 120, KEPT_OPEN = 50 };

enum kind { FLAG, TEXT, NUMBER, HEADER };

/* An option is a row; `where` is its member of struct sim_settings. */
static const struct row {
	const char *name;
	enum kind kind;
	size_t where;
	long min, max; /* of a NUMBER */
	const char *what;
} rows[] = {
	{ "listen", TEXT, offsetof(struct sim_settings, listen), 0, 0,
	    "HOST:PORT to listen on, also -l (127.0.0.1:9090; port 0: any)" },
	{ "user", TEXT, offsetof(struct sim_settings, user), 0, 0,
	    "NAME for HTTP Basic, or for --header wsse" },
	{ "password", TEXT, offsetof(struct sim_settings, password), 0, 0, "WORD of the user" },
	{ "header", HEADER, offsetof(struct sim_settings, header), 0, 0,
	    "KIND none, huawei or wsse: what the SOAP header must hold" },
	{ "spid", TEXT, offsetof(struct sim_settings, spid), 0, 0, "ID for --header huawei" },
	{ "sppassword", TEXT, offsetof(struct sim_settings, sppassword), 0, 0,
	    "WORD for --header huawei" },
	{ "bare", FLAG, offsetof(struct sim_settings, bare), 0, 0,
	    "take addresses without tel:, too" },
	{ "reuse-correlators", FLAG, offsetof(struct sim_settings, reuse_correlators), 0, 0,
	    "take a correlator a second time" },
	{ "status-by-correlator", FLAG, offsetof(struct sim_settings, status_by_correlator), 0, 0,
	    "tell the delivery status by correlator, too" },
	{ "no-receipts", FLAG, offsetof(struct sim_settings, no_receipts), 0, 0,
	    "send no delivery receipts" },
	{ "receipt-delay", NUMBER, offsetof(struct sim_settings, receipt_delay), 0, 86400 * 1000,
	    "MS until a message is delivered and its receipt sent (500)" },
	{ "keep", NUMBER, offsetof(struct sim_settings, keep), 1, 10 * 1000 * 1000,
	    "N messages to remember (10000)" },
	{ "max-addresses", NUMBER, offsetof(struct sim_settings, max_addresses), 1, 10000,
	    "N addresses in one request (100)" },
	{ "max-segments", NUMBER, offsetof(struct sim_settings, max_segments), 1, 255,
	    "N segments of one message (255)" },
	{ "callback", TEXT, offsetof(struct sim_settings, callback), 0, 0,
	    "URL for what phones write when nobody registered for it" },
	{ "quiet", FLAG, offsetof(struct sim_settings, quiet), 0, 0, "no log line per request" },
};
enum { ROWS = sizeof rows / sizeof *rows };

static void
usage(FILE *to)
{
	unsigned i;

	fprintf(to, "usage: trivium-sdpsim [-l HOST:PORT] [options]\n"
		    "A Parlay X platform with handsets on a web page, for trying and testing.\n\n");
	for (i = 0; i < ROWS; i++)
		fprintf(to, "  --%-21s %s\n", rows[i].name, rows[i].what);
	fprintf(to, "  --%-21s %s\n", "help", "this, also -h");
}

/* Say what is wrong with the command line, and end. */
__attribute__((noreturn)) static void
misused(const char *what, const char *name)
{
	fprintf(stderr, "trivium-sdpsim: %s%s\nTry --help.\n", name, what);
	exit(EX_USAGE);
}

static void
set_header(enum sim_header *header, const char *value)
{
	static const char *const kinds[] = { [SIM_HEADER_NONE] = "none",
		[SIM_HEADER_HUAWEI] = "huawei",
		[SIM_HEADER_WSSE] = "wsse" };
	unsigned i;

	for (i = 0; i < sizeof kinds / sizeof *kinds; i++)
		if (strcmp(value, kinds[i]) == 0) {
			*header = (enum sim_header)i;
			return;
		}
	misused(" must be none, huawei or wsse", "--header");
}

static void
set_number(const struct row *row, long *number, const char *value)
{
	char *end;

	errno = 0;
	*number = strtol(value, &end, 10);
	if (end == value || *end || errno || *number < row->min || *number > row->max) {
		fprintf(stderr, "trivium-sdpsim: --%s must be a number from %ld to %ld\n",
		    row->name, row->min, row->max);
		exit(EX_USAGE);
	}
}

static void
set(const struct row *row, struct sim_settings *s, const char *value)
{
	char *member = (char *)s + row->where;

	switch (row->kind) {
	case FLAG:
		*(bool *)(void *)member = true;
		break;
	case TEXT:
		*(const char **)(void *)member = value;
		break;
	case NUMBER:
		set_number(row, (long *)(void *)member, value);
		break;
	case HEADER:
		set_header((enum sim_header *)(void *)member, value);
		break;
	}
}

static void
check_settings(struct sim_settings *s)
{
	if (s->header == SIM_HEADER_HUAWEI && (!s->spid || !s->sppassword))
		misused(" wants --spid and --sppassword", "--header huawei");
	if (s->header == SIM_HEADER_WSSE && (!s->user || !s->password))
		misused(" wants --user and --password", "--header wsse");
	if (!s->user != !s->password)
		misused(" go together", "--user and --password");
}

static void
read_options(int argc, char **argv, struct sim_settings *s)
{
	struct option options[ROWS + 2] = { 0 };
	int c, i;

	for (i = 0; i < ROWS; i++)
		options[i] = (struct option){ rows[i].name,
			rows[i].kind == FLAG ? no_argument : required_argument, NULL, 1000 + i };
	options[ROWS] = (struct option){ "help", no_argument, NULL, 'h' };
	while ((c = getopt_long(argc, argv, "hl:", options, NULL)) != -1) {
		if (c == 'h') {
			usage(stdout);
			exit(EX_OK);
		} else if (c == 'l') {
			s->listen = optarg;
		} else if (c >= 1000) {
			set(&rows[c - 1000], s, optarg);
		} else {
			exit(EX_USAGE); /* getopt_long() has said what is wrong */
		}
	}
	if (optind < argc)
		misused(" is no option", argv[optind]);
	check_settings(s);
}

static void
on_request(void *arg, struct httpd_request *r)
{
	struct sim *sim = arg;

	/* httpd_close() takes in what has come already; nobody could look after it any more. */
	if (sim->http)
		sim_web(sim, r);
	else
		sim_answer_text(r, 503, "stopping");
}

static void
on_stop(void *arg)
{
	loop_stop(arg);
}

/* The first line on stdout, which scripts wait for: where the page is, with the port that it got.
 */
static void
print_url(const struct sim *sim)
{
	const char *colon = strrchr(sim->set->listen, ':');
	int host = colon ? (int)(colon - sim->set->listen) : 0;

	printf("http://%.*s:%u/\n", host, sim->set->listen, httpd_port(sim->httpd));
	fflush(stdout);
}

/* Listen, and serve until a signal ends it. 0, or -1 and *v when it cannot listen. */
static int
serve(struct sim *sim, struct verdict *v)
{
	const struct httpd_settings settings = {
		.listen = sim->set->listen,
		.max_body = BODY_MAX,
		.max_connections = CONNECTIONS_MAX,
		.idle_s = IDLE_S,
	};
	struct http *http;

	sim->httpd = httpd_open(sim->loop, &settings, on_request, sim, v);
	if (!sim->httpd)
		return -1;
	print_url(sim);
	log_info("started on %s", sim->set->listen);
	loop_run(sim->loop);
	log_info("stopping");
	httpd_quiesce(sim->httpd);
	/* What libcurl still has comes back from http_free(), and must not be sent anew. */
	http = sim->http;
	sim->http = NULL;
	http_free(http);
	sim_receipts_reset(sim->receipts);
	sim_answers_drop(sim->answers);
	httpd_close(sim->httpd);
	return 0;
}

int
main(int argc, char **argv)
{
	struct sim_settings settings = { .listen = "127.0.0.1:9090",
		.receipt_delay = 500,
		.keep = 10000,
		.max_addresses = 100,
		.max_segments = 255 };
	struct sim sim = { .set = &settings };
	struct verdict v;
	int result;

	read_options(argc, argv, &settings);
	log_open("trivium-sdpsim", false);
	signal(SIGPIPE, SIG_IGN);
	sim.loop = loop_new();
	loop_signal(sim.loop, SIGTERM, on_stop, sim.loop);
	loop_signal(sim.loop, SIGINT, on_stop, sim.loop);
	sim.http = http_new(sim.loop, KEPT_OPEN);
	sim.state = sim_state_new(&settings);
	sim.phones = sim_phones_new();
	sim.rules = sim_rules_new();
	sim.answers = sim_answers_new(sim.loop);
	sim.receipts = sim_receipts_new(&sim);

	result = serve(&sim, &v);
	if (result < 0)
		log_error("%s", v.text);

	http_free(sim.http);
	sim_receipts_free(sim.receipts);
	sim_answers_free(sim.answers);
	sim_rules_free(sim.rules);
	sim_phones_free(sim.phones);
	sim_state_free(sim.state);
	loop_free(sim.loop);
	return result < 0 ? EX_UNAVAILABLE : EX_OK;
}
