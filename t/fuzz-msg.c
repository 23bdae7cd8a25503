/*
 * fuzz-msg.c - any bytes into msg_parse(); what it takes is written and read again without change.
 */
#include "bridge/message/msg.h"

#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "bridge/base/buf.h"
#include "bridge/base/verdict.h"
#include "t/fuzz.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	static const char whole[] = "id=26:01ARZ3NDEKTSV4RRFFQ69G5FAV\nmta_id=1:3\nfrom=9:mailto:a@"
				    "\nclient=1:1\nlogin=1:a\n"
				    "message_id=3:<1>\ndate=1:d\ndigest=2:00\nenvid=1:e\nret=4:"
				    "HDRS\nsubject=2:hi\nsize=3:184\n"
				    "arrived=10:1795478400\ntext=3:a\nb\nrcpt=1:x\nto=5:tel:+"
				    "\ntransport=4:acme\nhow=3:sms\n"
				    "notify=5:NEVER\norcpt=8:rfc822;x\nrcpt=1:y\nhow=7:nowhere\n";
	static const char few[] = "from=7:mailto:\nrcpt=0:\nhow=5:phone\nnew=2:\0x\n";

	(void)argc, (void)argv;
	fuzz_seed(whole, sizeof whole - 1);
	fuzz_seed(few, sizeof few - 1);
	return 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct verdict v = { .is = DONE };
	struct msg *m = msg_parse((const char *)data, size, &v), *n;
	struct buf one, two;

	assert(m || (v.is == NEVER && v.text[0]));
	if (!m)
		return 0;
	assert(m->from && m->text && strlen(m->text) <= MSG_MAX_TEXT);
	assert(m->nrcpts <= MSG_MAX_RCPTS && m->size >= 0 && m->arrived >= 0);
	assert(m->id[0] == '\0' || msg_id_time(m->id) >= 0);
	for (size_t i = 0; i < m->nrcpts; i++)
		assert(m->rcpts[i].given);

	buf_init(&one, MSG_MAX_FORMATTED);
	buf_init(&two, MSG_MAX_FORMATTED);
	msg_format(m, &one);
	n = msg_parse(one.data, one.len, &v);
	assert(n);
	msg_format(n, &two);
	assert(one.len == two.len && memcmp(one.data, two.data, one.len) == 0);
	buf_free(&one);
	buf_free(&two);
	msg_free(m);
	msg_free(n);
	return 0;
}
