/*
 * sim_fault.c - faults and their texts. SVC and POL numbers below 0900 are Parlay X's own (ETSI ES
 * 202 391-1 and -4, with GSMA OneAPI's additions), those from 0900 on Huawei's platforms'.
 */
#include "sdp/sim_fault.h"

#include <string.h>

#include "bridge/base/buf.h"
#include "bridge/base/xml.h"
#include "sdp/sim.h"

struct row {
	const char *id, *text;
	const char *usual[SIM_FAULT_VARIABLES]; /* when the caller has no better values */
};

static const struct row rows[] = {
	{ "SVC0001", "A service error occurred. Error code is %1", { "SIM-1" } },
	{ "SVC0002", "Invalid input value for message part %1", { "addresses" } },
	{ "SVC0003", "Invalid input value for message part %1, valid values are %2",
	    { "senderName", "4711" } },
	{ "SVC0004", "No valid addresses provided in message part %1", { "addresses" } },
	{ "SVC0005", "Correlator %1 specified in message part %2 is a duplicate",
	    { "unknown", "receiptRequest" } },
	{ "SVC0006", "Group %1 in message part %2 is not a valid group",
	    { "friends", "addresses" } },
	{ "SVC0007", "Invalid charging information", { NULL } },
	{ "SVC0008", "Overlapping criteria %1", { "none" } },
	{ "SVC0280", "Message too long, maximum length is %1 characters", { "160" } },
	{ "SVC0281", "Unrecognized data format", { NULL } },
	{ "SVC0282", "Unrecognized data format", { NULL } },
	{ "SVC0283", "Delivery receipt notification not supported", { NULL } },
	{ "SVC0901", "Sp password is not accepted!", { NULL } },
	{ "SVC0905", "Parameter error: %1", { "OA" } },
	{ "SVC1000", "No resources", { NULL } },
	{ "POL0001", "A policy error occurred. Error code is %1", { "SIM-1" } },
	{ "POL0002", "Privacy verification failed for address %1, request is refused",
	    { "unknown" } },
	{ "POL0003", "Too many addresses specified in message part %1", { "addresses" } },
	{ "POL0004", "Unlimited notification request not supported", { NULL } },
	{ "POL0005", "Too many notifications requested", { NULL } },
	{ "POL0006", "Group specified in message part %1 not allowed", { "addresses" } },
	{ "POL0007", "Nested groups specified in message part %1 not allowed", { "addresses" } },
	{ "POL0008", "Charging is not supported", { NULL } },
	{ "POL0009", "Invalid frequency requested", { NULL } },
	{ "POL0010", "Retention time interval expired", { NULL } },
	{ "POL0011", "Media type not supported", { NULL } },
	{ "POL0012", "Too many descriptions specified in message part %1", { "message" } },
	{ "POL0013", "Duplicated addresses", { NULL } },
	{ "POL0900", "Multicast is not supported", { NULL } },
	{ "POL0903", "Status report timed out", { NULL } },
	{ "POL0904", "SP API level request rate control not pass, threshold exceeded", { NULL } },
	{ "POL0905", "The service is not supported", { NULL } },
	{ "POL0906", "The service is not allowed", { NULL } },
	{ "POL0907", "Multicast is not allowed", { NULL } },
	{ "POL0908", "The message is too long", { NULL } },
	{ "POL1009", "User has not been provisioned for %1", { "SMS" } },
	{ "POL1010", "User has been suspended from %1", { "SMS" } },
};
static const struct row any_service = { "SVC", "A service error occurred", { NULL } };
static const struct row any_policy = { "POL", "A policy error occurred", { NULL } };

bool
sim_fault_is_id(const char *id)
{
	return (strncmp(id, "SVC", 3) == 0 || strncmp(id, "POL", 3) == 0) && strlen(id) == 7 &&
	       strspn(id + 3, "0123456789") == 4;
}

static const struct row *
find(const char *id)
{
	size_t i;

	for (i = 0; i < sizeof rows / sizeof *rows; i++)
		if (strcmp(rows[i].id, id) == 0)
			return &rows[i];
	return strncmp(id, "POL", 3) == 0 ? &any_policy : &any_service;
}

const char *
sim_fault_text(const char *id)
{
	return find(id)->text;
}

/* text with %1, %2, … replaced, and the reason behind it. */
static void
fill(struct buf *out, const char *text, const char *const *variables, size_t n, const char *reason)
{
	for (; *text; text++) {
		size_t i = (size_t)(text[1] - '1');

		if (*text == '%' && text[1] >= '1' && i < n) {
			buf_adds(out, variables[i]);
			text++;
		} else {
			buf_add(out, text, 1);
		}
	}
	if (reason)
		buf_addf(out, "%s%s", out->len > 0 ? ": " : "", reason);
}

static void
write_detail(struct xml_writer *w, const struct row *row, const char *id,
    const char *const *variables, size_t n, const char *common)
{
	size_t i;

	xml_open(w, "detail");
	xml_open(w, strncmp(id, "POL", 3) == 0 ? "c:PolicyException" : "c:ServiceException");
	xml_attribute(w, "xmlns:c", common);
	xml_element(w, "messageId", id);
	xml_element(w, "text", row->text);
	for (i = 0; i < n; i++)
		xml_element(w, "variables", variables[i]);
	xml_close(w);
	xml_close(w);
}

/* The faultcode: a QName of the envelope's, or the id itself. */
static void
write_code(struct xml_writer *w, const char *id, bool parlayx, bool bare_code)
{
	struct buf code;

	buf_init(&code, 200);
	if (parlayx && bare_code)
		buf_adds(&code, id);
	else
		buf_addf(&code, "e:%s", parlayx ? "Server" : id);
	xml_element(w, "faultcode", buf_str(&code));
	buf_free(&code);
}

void
sim_fault_write(struct buf *out, const struct sim_fault *f, const char *common, bool bare_code)
{
	static const struct row plain = { "", "", { NULL } };
	bool parlayx = sim_fault_is_id(f->id);
	const struct row *row = parlayx ? find(f->id) : &plain;
	const char *const *variables = f->variables[0] ? f->variables : row->usual;
	struct buf string;
	struct xml_writer *w;
	size_t n = 0;

	while (n < SIM_FAULT_VARIABLES && variables[n])
		n++;
	buf_init(&string, 4000);
	fill(&string, row->text, variables, n, f->reason);

	w = xml_new_document(out);
	xml_open(w, "e:Envelope");
	xml_attribute(w, "xmlns:e", SIM_SOAP);
	xml_open(w, "e:Body");
	xml_open(w, "e:Fault");
	write_code(w, f->id, parlayx, bare_code);
	xml_element(w, "faultstring", buf_str(&string));
	if (parlayx)
		write_detail(w, row, f->id, variables, n, common);
	/* What does not fit is cut off by out's maximum; variables are bounded by the request's. */
	xml_end_document(w);
	buf_free(&string);
}
