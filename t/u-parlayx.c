/*
 * u-parlayx.c - the driver for Parlay X: what it asks of http.h, and what each end of an exchange
 * means for the job. The exchanges are played by the functions of http.h below; 52-parlayx.t has real
 * ones.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bridge/base/conf.h"
#include "bridge/base/http.h"
#include "bridge/base/mem.h"
#include "bridge/base/verdict.h"
#include "bridge/flow/receive.h"
#include "bridge/flow/transport.h"
#include "bridge/store/queue.h"
#include "sdp/drivers.h"
#include "t/no_receive.h"
#include "t/tap.h"

/* http.h, played. One exchange is under way at a time; http_free() ends it as the real one does. */
static struct {
	struct http_request r;
	char body[8192];
	void (*on_answer)(void *arg, const struct http_answer *a);
	void *arg;
	unsigned sent;
} wire;

struct http *
http_new(struct loop *l, long max_idle)
{
	ok(!l && max_idle > 0, "a client is made");
	return (struct http *)&wire;
}

void
http_send(struct http *h, const struct http_request *r,
    void (*on_answer)(void *arg, const struct http_answer *a), void *arg)
{
	if (h != (struct http *)&wire || wire.on_answer)
		abort();
	wire.r = *r;
	snprintf(wire.body, sizeof wire.body, "%.*s", (int)r->len, r->body);
	wire.on_answer = on_answer;
	wire.arg = arg;
	wire.sent++;
}

static void
answer(const struct http_answer *a)
{
	void (*on_answer)(void *, const struct http_answer *) = wire.on_answer;
	struct http_answer whole = *a;

	whole.len = a->body ? strlen(a->body) : 0;
	whole.body = a->body ? a->body : "";
	whole.error = a->error ? a->error : "";
	whole.content_type = "text/xml";
	if (whole.retry_after == 0)
		whole.retry_after = -1;
	wire.on_answer = NULL;
	if (on_answer)
		on_answer(wire.arg, &whole);
}

void
http_free(struct http *h)
{
	if (h)
		answer(&(struct http_answer){ .end = HTTP_LOST, .error = "the program ends" });
}

/* finish.c, played. */
static struct {
	unsigned count;
	struct job *job;
	struct verdict v;
	char request[200];
} end;

void
finish(struct transport *t, struct job *job, const struct verdict *v, const char *request)
{
	if (!t->driver)
		abort();
	end.count++;
	end.job = job;
	end.v = *v;
	snprintf(end.request, sizeof end.request, "%s", request ? request : "");
}

/* The section of a configuration of those lines, behind what every one needs. */
static struct conf *
configure(const char *lines)
{
	static const struct setting *rows[2];
	static const struct conf_kind kinds[] = { { "sdp", true, rows, NULL }, { 0 } };
	char path[] = "/tmp/u-parlayx.XXXXXX";
	struct conf *c;
	int fd = mkstemp(path);

	rows[0] = sdp_parlayx.settings;
	if (fd < 0 || dprintf(fd, "sdp a {\nsms_url = \"http://127.0.0.1:1/x\"\n%s\n}\n", lines) < 0)
		abort();
	close(fd);
	c = conf_read(path, kinds, stderr);
	unlink(path);
	if (!c)
		exit(1);
	return c;
}

/* An open transport with that configuration, or NULL and *v. */
static struct transport *
start(const char *lines, struct conf **c, struct verdict *v)
{
	struct transport *t = xcalloc(1, sizeof *t);

	*c = configure(lines);
	t->driver = &sdp_parlayx;
	t->name = "a";
	if (sdp_parlayx.open(t, conf_section(*c, "sdp", 0), v) == 0)
		return t;
	conf_free(*c);
	free(t);
	return NULL;
}

static void
stop(struct transport *t, struct conf *c)
{
	sdp_parlayx.close(t);
	conf_free(c);
	free(t);
}

static struct job *
new_job(bool again)
{
	struct job *j = xcalloc(1, sizeof *j);
	struct msg_rcpt *r;

	j->msg = msg_new();
	strcpy(j->msg->id, "01JDEXAMPLE0123456789ABCDE");
	r = msg_add_rcpt(j->msg, "+254700000001@sms.example.org");
	r->to = "tel:+254700000001";
	r->transport = "a";
	strcpy(j->correlator, "01JDEXAMPLE0123456789ABCDE0001");
	j->again = again;
	return j;
}

static void
drop_job(struct job *j)
{
	msg_free(j->msg);
	free(j);
}

#define E(body) "<e:Envelope xmlns:e=\"http://schemas.xmlsoap.org/soap/envelope/\"><e:Body>" body \
    "</e:Body></e:Envelope>"
#define FAULT(id, var) E("<e:Fault><faultcode>e:Server</faultcode><faultstring>f</faultstring><detail><x>" \
    "<messageId>" id "</messageId><text>t %1</text><variables>" var "</variables></x></detail></e:Fault>")
#define BARE(code) E("<e:Fault><faultcode>e:" code "</faultcode><faultstring>f</faultstring></e:Fault>")
#define RESULT(id) E("<sendSmsResponse><result>" id "</result></sendSmsResponse>")
#define CALLBACK "callback = \"http://192.0.2.1/cb\""

static const struct row {
	const char *name;
	struct http_answer a;
	bool again;
	enum verdict_is is;
	bool whole;
	const char *dsn, *text, *request; /* text: what it holds */
	long after_s;
} rows[] = {
	{ "a result", { .status = 200, .body = RESULT("4711") }, false, DONE, false, "2.0.0",
	    "request 4711", "4711", 0 },
	{ "a result with 202", { .status = 202, .body = RESULT("4711") }, false, DONE, false, "2.0.0",
	    "4711", "4711", 0 },
	{ "a result that cannot be kept", { .status = 200, .body = RESULT("a b") }, false, DONE, false,
	    "2.0.0", "without an identifier", "", 0 },
	{ "an empty result", { .status = 200, .body = RESULT("") }, false, UNKNOWN, false, "4.5.0",
	    "without a request identifier", "", 0 },
	{ "a result with 500", { .status = 500, .body = RESULT("4711") }, false, UNKNOWN, false, "4.3.0",
	    "HTTP status 500", "", 0 },

	{ "no connection", { .end = HTTP_UNSENT, .error = "connect: refused" }, false, LATER, true,
	    "4.4.1", "connect: refused", "", 0 },
	{ "no trust", { .end = HTTP_TLS, .error = "self-signed certificate" }, false, LATER, true,
	    "4.7.5", "self-signed certificate", "", 0 },
	{ "no answer", { .end = HTTP_TIMEOUT, .error = "30 s" }, false, UNKNOWN, false, "4.4.7", "30 s",
	    "", 0 },
	{ "a reset", { .end = HTTP_LOST, .error = "reset" }, false, UNKNOWN, false, "4.4.2", "reset", "",
	    0 },
	{ "no end", { .end = HTTP_TOO_LONG, .error = "65536" }, false, UNKNOWN, false, "4.5.0", "65536",
	    "", 0 },

	{ "200 of a portal", { .status = 200, .body = "<html/>" }, false, UNKNOWN, false, "4.5.0",
	    "no SOAP answer", "", 0 },
	{ "200 of nothing", { .status = 200, .body = "" }, false, UNKNOWN, false, "4.5.0", "", "", 0 },
	{ "302", { .status = 302 }, false, LATER, true, "4.4.4", "HTTP status 302", "", 0 },
	{ "400", { .status = 400, .body = "no" }, false, LATER, true, "4.5.0", "HTTP status 400", "", 0 },
	{ "401", { .status = 401 }, false, LATER, true, "4.7.8", "HTTP status 401", "", 0 },
	{ "401 with a bare fault", { .status = 401, .body = BARE("Client") }, false, LATER, true, "4.7.8",
	    "HTTP status 401", "", 0 },
	{ "404", { .status = 404, .body = "<html/>" }, false, LATER, true, "4.4.4", "404", "", 0 },
	{ "408", { .status = 408 }, false, LATER, false, "4.4.7", "408", "", 0 },
	{ "429, wait", { .status = 429, .retry_after = 17 }, false, LATER, true, "4.7.0", "429", "", 17 },
	{ "500 of nothing, wait", { .status = 500, .retry_after = 9 }, false, UNKNOWN, false, "4.3.0",
	    "500", "", 0 },
	{ "503, wait for ever", { .status = 503, .retry_after = 1L << 40 }, false, LATER, true, "4.3.2",
	    "503", "", 86400 },
	{ "503 without more", { .status = 503, .body = "busy" }, false, LATER, true, "4.3.2", "503", "",
	    0 },
	{ "504", { .status = 504 }, false, UNKNOWN, false, "4.4.7", "504", "", 0 },

	{ "SVC0001", { .status = 500, .body = FAULT("SVC0001", "E1") }, false, LATER, false, "4.3.0",
	    "SVC0001: t E1", "", 0 },
	{ "SVC0001 with 200", { .status = 200, .body = FAULT("SVC0001", "") }, false, LATER, false,
	    "4.3.0", "SVC0001", "", 0 },
	{ "SVC1000 with 503, wait", { .status = 503, .body = FAULT("SVC1000", ""), .retry_after = 5 },
	    false, LATER, false, "4.3.2", "SVC1000", "", 5 },
	{ "SVC0002 of the number", { .status = 500, .body = FAULT("SVC0002", "addresses") }, false, NEVER,
	    false, "5.1.1", "t addresses", "", 0 },
	{ "SVC0002 of more", { .status = 500, .body = FAULT("SVC0002", "message") }, false, NEVER, false,
	    "5.5.4", "t message", "", 0 },
	{ "SVC0004", { .status = 500, .body = FAULT("SVC0004", "") }, false, NEVER, false, "5.1.1",
	    "SVC0004", "", 0 },
	{ "SVC0005", { .status = 500, .body = FAULT("SVC0005", "") }, false, NEVER, false, "5.5.4",
	    "SVC0005", "", 0 },
	{ "SVC0005 again", { .status = 500, .body = FAULT("SVC0005", "") }, true, DONE, false, "2.0.0",
	    "earlier try", "", 0 },
	{ "SVC0004 again", { .status = 500, .body = FAULT("SVC0004", "") }, true, NEVER, false, "5.1.1",
	    "SVC0004", "", 0 },
	{ "SVC0901", { .status = 500, .body = FAULT("SVC0901", "") }, false, LATER, true, "4.7.8",
	    "SVC0901", "", 0 },
	{ "POL0001", { .status = 500, .body = FAULT("POL0001", "7") }, false, NEVER, false, "5.7.1",
	    "POL0001: t 7", "", 0 },
	{ "POL0904, wait", { .status = 500, .body = FAULT("POL0904", ""), .retry_after = 3 }, false,
	    LATER, true, "4.7.0", "POL0904", "", 3 },
	{ "a fault of their own", { .status = 500, .body = FAULT("GEN1", "") }, false, LATER, false,
	    "4.3.0", "GEN1", "", 0 },
	{ "Server", { .status = 500, .body = BARE("Server") }, false, LATER, false, "4.3.0", "f", "", 0 },
	{ "Client", { .status = 500, .body = BARE("Client") }, false, NEVER, false, "5.5.0", "f", "", 0 },
	{ "Server with 503", { .status = 503, .body = BARE("Server") }, false, LATER, true, "4.3.2",
	    "503", "", 0 },
	{ "SVC0283 where no receipt was wanted", { .status = 500, .body = FAULT("SVC0283", "") }, false,
	    NEVER, false, "5.5.4", "SVC0283", "", 0 },
};

/* The job in hand has been answered once, as the row says. */
static void
ended(const struct job *j, const struct row *r)
{
	bool same = end.count == 1 && end.job == j && end.v.is == r->is && end.v.whole == r->whole &&
	    strcmp(end.v.dsn, r->dsn) == 0 && strstr(end.v.text, r->text) &&
	    strcmp(end.request, r->request) == 0 && end.v.after_s == r->after_s;

	if (!ok(same, "%s: %s %s", r->name, end.v.dsn, end.v.text))
		printf("# count %u, is %d, whole %d, request \"%s\", after %ld\n", end.count, end.v.is,
		    end.v.whole, end.request, end.v.after_s);
}

static void
sends(void)
{
	struct verdict v;
	struct conf *c;
	struct transport *t = start("", &c, &v);

	for (size_t i = 0; t && i < sizeof rows / sizeof *rows; i++) {
		struct job *j = new_job(rows[i].again);

		end.count = 0;
		sdp_parlayx.send(t, j, "Lunch is at noon");
		answer(&rows[i].a);
		ended(j, &rows[i]);
		drop_job(j);
	}
	stop(t, c);
}

/* What is asked of http.h is what the settings say. */
static void
requests(void)
{
	struct verdict v;
	struct conf *c;
	struct transport *t = start("timeout = \"7 s\"\nconnect_timeout = \"2 s\"\nca_file = \"/ca\"\n"
				    "basic = yes\nusername = \"joe\"\n" CALLBACK, &c, &v);
	struct job *j = new_job(false);

	sdp_parlayx.send(t, j, "Lunch is at noon");
	is_str(wire.r.url, "http://127.0.0.1:1/x", "the url");
	is_str(wire.r.content_type, "text/xml; charset=utf-8", "the type");
	is_str(wire.r.headers[0], "SOAPAction: \"\"", "SOAPAction is empty, in quotation marks");
	is_str(wire.r.headers[1], NULL, "and the only one");
	is_str(wire.r.username, "joe", "HTTP Basic");
	is_str(wire.r.ca_file, "/ca", "the certificates");
	ok(wire.r.timeout_ms == 7000 && wire.r.connect_timeout_ms == 2000, "the times");
	is_int((long long)wire.r.max_answer, 65536, "the most to read");
	ok(strstr(wire.body, "<correlator>01JDEXAMPLE0123456789ABCDE0001</correlator>") &&
	    strstr(wire.body, "<endpoint>http://192.0.2.1/cb</endpoint>"), "a receipt is asked for");
	answer(&(struct http_answer){ .status = 200, .body = RESULT("1") });
	drop_job(j);
	stop(t, c);

	t = start("username = \"joe\"", &c, &v);
	j = new_job(false);
	sdp_parlayx.send(t, j, "x");
	is_str(wire.r.username, NULL, "no HTTP Basic unless it is wanted");
	ok(!strstr(wire.body, "receiptRequest"), "no receipt without callback");
	end.count = 0;
	stop(t, c);
	ended(j, &(struct row){ .name = "closed while under way", .is = UNKNOWN, .dsn = "4.4.2",
	    .text = "the program ends", .request = "" });
	drop_job(j);
}

/* SVC0283: the platform gives no receipts, so the message goes without. */
static void
no_receipts(void)
{
	static const struct http_answer no = { .status = 500, .body = FAULT("SVC0283", "") };
	struct verdict v;
	struct conf *c;
	struct transport *t = start(CALLBACK, &c, &v);
	struct job *j = new_job(false);

	end.count = wire.sent = 0;
	sdp_parlayx.send(t, j, "Lunch <at> noon");
	answer(&no);
	ok(end.count == 0 && wire.sent == 2, "SVC0283: sent again");
	ok(!strstr(wire.body, "receiptRequest") && strstr(wire.body, "Lunch &lt;at&gt; noon"),
	    "the same text without receiptRequest");
	answer(&no);
	ok(end.count == 1 && wire.sent == 2 && end.v.is == NEVER, "and not a third time");
	drop_job(j);
	stop(t, c);
}

static const struct row asked[] = {
	{ "a list", { .status = 200, .body = E("<getSmsDeliveryStatusResponse><result>"
	    "<deliveryStatus>MessageWaiting</deliveryStatus></result></getSmsDeliveryStatusResponse>") },
	    true, DONE, false, "2.0.0", "MessageWaiting", "", 0 },
	{ "an empty list", { .status = 200, .body = E("<getSmsDeliveryStatusResponse/>") }, true, LATER,
	    false, "4.4.2", "has not taken", "", 0 },
	{ "unknown there", { .status = 500, .body = FAULT("SVC0002", "requestIdentifier") }, true, LATER,
	    false, "4.4.2", "does not know it", "", 0 },
	{ "another fault", { .status = 500, .body = FAULT("SVC0001", "") }, true, UNKNOWN, false, "4.4.2",
	    "could not say", "", 0 },
	{ "another answer", { .status = 200, .body = RESULT("1") }, true, UNKNOWN, false, "4.4.2",
	    "could not say", "", 0 },
	{ "no connection", { .end = HTTP_UNSENT, .error = "refused" }, true, UNKNOWN, false, "4.4.2",
	    "refused", "", 0 },
	{ "503", { .status = 503, .body = "busy" }, true, UNKNOWN, false, "4.4.2", "could not say", "", 0 },
};

static void
asks(void)
{
	struct verdict v;
	struct conf *c;
	struct transport *t = start("ask_by = \"correlator\"", &c, &v);
	struct job *j = new_job(true);

	for (size_t i = 0; i < sizeof asked / sizeof *asked; i++) {
		end.count = 0;
		sdp_parlayx.ask(t, j);
		ok(strstr(wire.body, "<p:requestIdentifier>01JDEXAMPLE0123456789ABCDE0001</p:request"
		    "Identifier>") != NULL, "asked by our correlator");
		answer(&asked[i].a);
		ended(j, &asked[i]);
	}
	stop(t, c);
	t = start("", &c, &v);
	end.count = wire.sent = 0;
	sdp_parlayx.ask(t, j);
	is_int(wire.sent, 0, "by default nothing is asked");
	ended(j, &(struct row){ .name = "by default", .is = UNKNOWN, .dsn = "4.4.2",
	    .text = "cannot be asked", .request = "" });
	stop(t, c);
	drop_job(j);
}

static const struct {
	const char *lines, *want;
} bad[] = {
	{ "header = \"huawei\"", "header = huawei needs spid" },
	{ "header = \"wsse\"", "header = wsse needs username and password_file" },
	{ "basic = yes", "basic = yes needs username" },
	{ "errors = \"/nonexistent\"", "/nonexistent: No such file or directory" },
};

static void
refused(void)
{
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct verdict v = { .text = "(opened)" };
		struct conf *c;
		struct transport *t = start(bad[i].lines, &c, &v);

		is_str(v.text, bad[i].want, bad[i].lines);
		if (t)
			stop(t, c);
	}
}

int
main(void)
{
	requests();
	sends();
	no_receipts();
	asks();
	refused();
	return tap_done();
}
