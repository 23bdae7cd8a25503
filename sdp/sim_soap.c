/*
 * sim_soap.c - the service's front: from HTTP to the operation. Each step answers the request
 * itself when it finds something wrong, and returns -1; so the steps read as one list.
 *
 * Real platforms forgive more than this one. That is the point: what it takes, all take.
 */
#include "sdp/sim_soap.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "bridge/base/arena.h"
#include "bridge/base/buf.h"
#include "bridge/base/httpd.h"
#include "bridge/base/verdict.h"
#include "bridge/base/xml.h"
#include "sdp/sim.h"
#include "sdp/sim_answer.h"
#include "sdp/sim_auth.h"
#include "sdp/sim_call.h"
#include "sdp/sim_schema.h"

#define PARLAYX "http://www.csapi.org/schema/parlayx/"

static const struct sim_version versions[] = {
	{ "v2_1", PARLAYX "sms/send/v2_1/local", PARLAYX "sms/notification/v2_1/local",
	    PARLAYX "common/v2_1" },
	{ "v2_2", PARLAYX "sms/send/v2_2/local", PARLAYX "sms/notification/v2_2/local",
	    PARLAYX "common/v2_1" },
	{ "v3_1", PARLAYX "sms/send/v3_1/local", PARLAYX "sms/notification/v3_1/local",
	    PARLAYX "common/v3_1" },
};

static int
check_method(struct sim_call *c)
{
	if (strcmp(httpd_method(c->r), "POST") == 0)
		return 0;
	httpd_answer_header(c->r, "Allow", "POST");
	return sim_refuse_http(c, 405, "this is a SOAP service, to be POSTed to");
}

static int
check_basic(struct sim_call *c)
{
	if (sim_auth_basic(c->sim->set, httpd_header(c->r, "Authorization")))
		return 0;
	httpd_answer_header(c->r, "WWW-Authenticate", "Basic realm=\"trivium-sdpsim\"");
	return sim_refuse_http(c, 401, "user or password is wrong or missing");
}

/* Whether type is text/xml, and its charset, if it names one, UTF-8. */
static bool
is_xml(const char *type)
{
	const char *charset;

	if (!type || strncasecmp(type, "text/xml", 8) != 0 || !strchr("; \t", type[8]))
		return false;
	charset = strcasestr(type, "charset=");
	if (!charset)
		return true;
	charset += 8;
	charset += *charset == '"';
	return strncasecmp(charset, "utf-8", 5) == 0 && strchr("\"; \t", charset[5]);
}

/* SOAP 1.1 section 6.1.1: a client MUST send SOAPAction. Its value says nothing here. */
static int
check_headers(struct sim_call *c)
{
	if (!is_xml(httpd_header(c->r, "Content-Type")))
		return sim_refuse_http(c, 415, "the Content-Type must be text/xml; charset=utf-8");
	if (!httpd_header(c->r, "SOAPAction"))
		return sim_refuse(c, "Client", NULL, "the HTTP header SOAPAction is missing");
	return 0;
}

/* SOAP 1.1 section 4: an Envelope with a Header, if there is one, and a Body, and nothing else. */
static int
open_envelope(struct sim_call *c)
{
	struct verdict v;
	size_t len;
	const char *bytes = httpd_body(c->r, &len);
	const struct xml *root = xml_parse(c->arena, bytes, len, &v), *x;

	if (!root)
		return sim_refuse(c, "Client", NULL, v.text);
	if (strcmp(root->name, "Envelope") != 0)
		return sim_refuse(c, "Client", NULL, "the root is not an Envelope");
	if (strcmp(root->ns, SIM_SOAP) != 0)
		return sim_refuse(
		    c, "VersionMismatch", NULL, "the Envelope is not one of SOAP 1.1");
	x = root->first;
	if (x && strcmp(x->name, "Header") == 0 && strcmp(x->ns, SIM_SOAP) == 0) {
		c->header = x;
		x = x->next;
	}
	if (!x || strcmp(x->name, "Body") != 0 || strcmp(x->ns, SIM_SOAP) != 0)
		return sim_refuse(c, "Client", NULL, "the Envelope has no Body where one must be");
	if (x->next)
		return sim_refuse(c, "Client", NULL, "something follows the Body");
	if (!x->first || x->first->next)
		return sim_refuse(c, "Client", NULL, "the Body must hold one operation");
	c->operation = x->first;
	return 0;
}

static int
check_header(struct sim_call *c)
{
	const char *id;
	char why[200];

	if (sim_auth_header(c->sim->set, c->header, &id, why, sizeof why) < 0)
		return sim_refuse(c, id, NULL, why);
	return 0;
}

static int
find_version(struct sim_call *c)
{
	const char *ns = c->operation->ns;
	char why[300];
	size_t i;

	for (i = 0; i < sizeof versions / sizeof *versions; i++)
		if (strcmp(versions[i].send, ns) == 0) {
			c->version = &versions[i];
			return 0;
		}
	snprintf(why, sizeof why,
	    "the operation %.60s is in namespace \"%.150s\", which is not "
	    "sms/send v2_1, v2_2 or v3_1",
	    c->operation->name, ns);
	return sim_refuse(c, "Client", NULL, why);
}

static int
call_operation(struct sim_call *c)
{
	char why[120];

	if (strcmp(c->operation->name, "sendSms") == 0)
		return sim_call_send(c);
	if (strcmp(c->operation->name, "getSmsDeliveryStatus") == 0)
		return sim_call_status(c);
	snprintf(why, sizeof why, "no operation %.60s here", c->operation->name);
	return sim_refuse(c, "Client", NULL, why);
}

void
sim_soap(struct sim *sim, struct httpd_request *r)
{
	struct sim_call c = { .sim = sim, .r = r, .version = &versions[0], .arena = arena_new() };

	snprintf(c.peer, sizeof c.peer, "%s", httpd_peer(r));
	sim_state_counts(sim->state)->requests++;
	if (check_method(&c) == 0 && check_basic(&c) == 0 && check_headers(&c) == 0 &&
	    open_envelope(&c) == 0 && check_header(&c) == 0 && find_version(&c) == 0)
		call_operation(&c);
	arena_free(c.arena);
}
