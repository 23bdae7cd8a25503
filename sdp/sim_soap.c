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
#include "sdp/sim_mms.h"
#include "sdp/sim_phone.h"
#include "sdp/sim_schema.h"

#define PARLAYX "http://www.csapi.org/schema/parlayx/"

#define MM PARLAYX "multimedia_messaging/"
#define VERSION(service, name, sends, brings, common) \
	{ service, name, PARLAYX sends "/" name "/local", brings, PARLAYX "common/" common, \
	    service >= SIM_SEND_MESSAGE }
#define SMS_NOTE(v) PARLAYX "sms/notification/" v "/local"
#define MM_NOTE(v) MM "notification/" v "/local"

static const struct sim_version versions[] = {
	VERSION(SIM_SEND_SMS, "v2_1", "sms/send", SMS_NOTE("v2_1"), "v2_1"),
	VERSION(SIM_SEND_SMS, "v2_2", "sms/send", SMS_NOTE("v2_2"), "v2_1"),
	VERSION(SIM_SEND_SMS, "v3_1", "sms/send", SMS_NOTE("v3_1"), "v3_1"),
	VERSION(SIM_RECEIVE_SMS, "v2_1", "sms/receive", SMS_NOTE("v2_1"), "v2_1"),
	VERSION(SIM_RECEIVE_SMS, "v2_2", "sms/receive", SMS_NOTE("v2_2"), "v2_1"),
	VERSION(SIM_RECEIVE_SMS, "v3_1", "sms/receive", SMS_NOTE("v3_1"), "v3_1"),
	VERSION(SIM_MANAGE_SMS, "v2_3", "sms/notification_manager", SMS_NOTE("v2_2"), "v2_1"),
	VERSION(SIM_MANAGE_SMS, "v3_2", "sms/notification_manager", SMS_NOTE("v3_1"), "v3_1"),
	VERSION(SIM_SEND_MESSAGE, "v2_4", "multimedia_messaging/send", MM_NOTE("v2_4"), "v2_1"),
	VERSION(SIM_SEND_MESSAGE, "v3_1", "multimedia_messaging/send", MM_NOTE("v3_1"), "v3_1"),
	VERSION(SIM_RECEIVE_MESSAGE, "v2_4", "multimedia_messaging/receive", MM_NOTE("v2_4"), "v2_1"),
	VERSION(SIM_RECEIVE_MESSAGE, "v3_1", "multimedia_messaging/receive", MM_NOTE("v3_1"), "v3_1"),
	VERSION(SIM_MANAGE_MESSAGE, "v2_5", "multimedia_messaging/notification_manager",
	    MM_NOTE("v2_4"), "v2_1"),
	VERSION(SIM_MANAGE_MESSAGE, "v3_2", "multimedia_messaging/notification_manager",
	    MM_NOTE("v3_1"), "v3_1"),
};

/* The paths are those of the published interface files. */
static const char *const paths[] = {
	[SIM_SEND_SMS] = SIM_PATH,
	[SIM_RECEIVE_SMS] = "/ReceiveSmsService/services/ReceiveSms",
	[SIM_MANAGE_SMS] = "/SmsNotificationManagerService/services/SmsNotificationManager",
	[SIM_SEND_MESSAGE] = "/SendMessageService/services/SendMessage",
	[SIM_RECEIVE_MESSAGE] = "/ReceiveMessageService/services/ReceiveMessage",
	[SIM_MANAGE_MESSAGE] =
	    "/MessageNotificationManagerService/services/MessageNotificationManager",
};

static const struct {
	enum sim_service service;
	const char *name;
	int (*call)(struct sim_call *c);
} operations[] = {
	{ SIM_SEND_SMS, "sendSms", sim_call_send },
	{ SIM_SEND_SMS, "getSmsDeliveryStatus", sim_call_status },
	{ SIM_RECEIVE_SMS, "getReceivedSms", sim_call_received },
	{ SIM_MANAGE_SMS, "startSmsNotification", sim_call_start },
	{ SIM_MANAGE_SMS, "stopSmsNotification", sim_call_stop },
	{ SIM_SEND_MESSAGE, "sendMessage", sim_call_send_message },
	{ SIM_SEND_MESSAGE, "getMessageDeliveryStatus", sim_call_status },
	{ SIM_RECEIVE_MESSAGE, "getReceivedMessages", sim_call_received },
	{ SIM_RECEIVE_MESSAGE, "getMessage", sim_call_get_message },
	{ SIM_RECEIVE_MESSAGE, "getMessageURIs", sim_call_get_message },
	{ SIM_MANAGE_MESSAGE, "startMessageNotification", sim_call_start },
	{ SIM_MANAGE_MESSAGE, "stopMessageNotification", sim_call_stop },
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
	const char *type = httpd_header(c->r, "Content-Type");
	bool attached = type && c->service == SIM_SEND_MESSAGE &&
	    strncasecmp(type, "multipart/related;", 18) == 0;

	if (!attached && !is_xml(type))
		return sim_refuse_http(c, 415, "the Content-Type must be text/xml; charset=utf-8");
	if (!httpd_header(c->r, "SOAPAction"))
		return sim_refuse(c, "Client", NULL, "the HTTP header SOAPAction is missing");
	return 0;
}

/* What was brought: the envelope alone, or with attachments. SOAP Messages with Attachments, W3C note
 * of 2000: the root is text/xml and named by start, every part has an id of its own. */
static int
open_body(struct sim_call *c)
{
	const char *type = httpd_header(c->r, "Content-Type");
	struct verdict v;
	size_t len;
	const char *bytes = httpd_body(c->r, &len);

	c->swa = arena_alloc(c->arena, sizeof *c->swa);
	if (swa_read(c->arena, type, bytes, len, c->swa, &v) < 0)
		return sim_refuse(c, "Client", NULL, v.text);
	if (strncasecmp(type, "multipart/", 10) != 0)
		return 0;
	if (!strcasestr(type, "type=") || !strcasestr(type, "start="))
		return sim_refuse(c, "Client", NULL, "the multipart names no type or no start");
	if (strcmp(c->swa->root.type, "text/xml") != 0)
		return sim_refuse(c, "Client", NULL, "the root part must be text/xml");
	for (size_t i = 0; i < c->swa->n; i++) {
		if (!*c->swa->parts[i].id)
			return sim_refuse(c, "Client", NULL, "a part has no Content-ID");
		for (size_t k = 0; k < i; k++)
			if (strcmp(c->swa->parts[i].id, c->swa->parts[k].id) == 0)
				return sim_refuse(c, "Client", NULL, "two parts have one Content-ID");
	}
	return 0;
}

/* SOAP 1.1 section 4: an Envelope with a Header, if there is one, and a Body, and nothing else. */
static int
open_envelope(struct sim_call *c)
{
	struct verdict v;
	const struct xml *root = xml_parse(c->arena, c->swa->root.bytes, c->swa->root.len, &v), *x;

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
		if (versions[i].service == c->service && strcmp(versions[i].send, ns) == 0) {
			c->version = &versions[i];
			return 0;
		}
	snprintf(why, sizeof why, "the operation %.60s is in namespace \"%.150s\", which is none of "
	    "this service's", c->operation->name, ns);
	return sim_refuse(c, "Client", NULL, why);
}

static int
call_operation(struct sim_call *c)
{
	char why[120];

	for (size_t i = 0; i < sizeof operations / sizeof *operations; i++)
		if (operations[i].service == c->service &&
		    strcmp(c->operation->name, operations[i].name) == 0)
			return operations[i].call(c);
	snprintf(why, sizeof why, "no operation %.60s here", c->operation->name);
	return sim_refuse(c, "Client", NULL, why);
}

const struct sim_version *
sim_version_named(enum sim_service service, const char *name)
{
	const struct sim_version *first = NULL;

	for (size_t i = 0; i < sizeof versions / sizeof *versions; i++) {
		if (versions[i].service != service)
			continue;
		if (strcmp(versions[i].name, name) == 0)
			return &versions[i];
		first = first ? first : &versions[i];
	}
	return *name ? NULL : first;
}

bool
sim_soap(struct sim *sim, struct httpd_request *r)
{
	struct sim_call c = { .sim = sim, .r = r };
	size_t i = 0;

	while (i < sizeof paths / sizeof *paths && strcmp(paths[i], httpd_path(r)) != 0)
		i++;
	if (i == sizeof paths / sizeof *paths)
		return false;
	c.service = (enum sim_service)i;
	c.version = sim_version_named(c.service, "");
	c.arena = arena_new();
	snprintf(c.peer, sizeof c.peer, "%s", httpd_peer(r));
	sim_state_counts(sim->state)->requests++;
	if (check_method(&c) == 0 && check_basic(&c) == 0 && check_headers(&c) == 0 &&
	    open_body(&c) == 0 && open_envelope(&c) == 0 && check_header(&c) == 0 &&
	    find_version(&c) == 0)
		call_operation(&c);
	arena_free(c.arena);
	return true;
}
