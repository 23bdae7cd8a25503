/*
 * u-trim.c - bridge/message/trim: a mail's new words, whoever's program and language it is. Whole
 * mails of many languages are in t/content; here stand the edges of each rule.
 */
#include <stdlib.h>

#include "bridge/base/buf.h"
#include "bridge/message/fold.h"
#include "bridge/message/trim.h"
#include "bridge/message/trim_line.h"
#include "bridge/message/trim_words.h"
#include "t/tap.h"

static const struct row {
	const char *name, *text;
	const char *reply;
	const char *forward; /* NULL: as reply */
} rows[] = {
	{ "a text without any quote", "Hello\n\nworld\n", "Hello\n\nworld", NULL },
	{ "an empty text", "", "", NULL },
	{ "nothing but blanks", " \n\t\n", "", NULL },
	{ "marks below", "Yes.\n\n> Are you coming?\n", "Yes.", NULL },
	{ "marks above", "> Are you coming?\n\nYes.\n", "Yes.", NULL },
	{ "answers in between", "> Coffee?\n\nYes.\n\n> Cake?\n\nNo.\n", "Yes.\n\nNo.", NULL },
	{ "nothing but a quote", "> Are you coming?\n", "> Are you coming?", NULL },
	{ "a quote and who wrote it", "On 5 Feb 2024, Bob wrote:\n> Hi\n", "> Hi", NULL },
	{ "who wrote it, wrapped",
	    "Yes.\n\nOn Mon, Feb 5, 2024 at 10:32 AM Bob Jones <\nbob@example.com> wrote:\n\n> Hi\n", "Yes.",
	    NULL },
	{ "who wrote it, in words nobody has listed",
	    "Ja\n\nZzz 5.2.2024 10:32 Bob qqq:\n> Hi\n", "Ja", NULL },
	{ "who wrote it, without quote marks",
	    "Yes.\n\nOn Mon, Feb 5, 2024 at 10:32 AM Bob <bob@example.com> wrote:\n\nHi Ann\nBob\n", "Yes.",
	    NULL },
	{ "who wrote it, right below the answer",
	    "Yes.\nAm 05.02.24 um 10:32 schrieb Bob:\n> Hi\n", "Yes.", NULL },
	{ "on the answer's own line", "Yes On Mon, 5 Feb 2024, bob@example.com wrote:\n> Hi\n", "Yes",
	    NULL },
	{ "a sentence with a colon is no introduction",
	    "On Monday we wrote a list:\nsalt\npepper\n", "On Monday we wrote a list:\nsalt\npepper", NULL },
	{ "a date with a colon is none",
	    "Meet on 5 Feb 2024 at 10:30 in the following room:\nB12\n",
	    "Meet on 5 Feb 2024 at 10:30 in the following room:\nB12", NULL },
	{ "a header below",
	    "Yes.\n\nFrom: Bob <bob@example.com>\nSent: Monday, February 5, 2024 10:32 AM\nTo: Ann\nSubject: "
	    "Tea\n\nTea?\n",
	    "Yes.", NULL },
	{ "with bold names and a rule",
	    "Ja.\n________________________________\n*Von:* Bob\n*Gesendet:* Montag, 5. Februar 2024 "
	    "10:32\n*An:* Ann\n*Betreff:* Tee\n\nTee?\n",
	    "Ja.", NULL },
	{ "in names nobody has listed",
	    "Xa.\n\nQqa: Bob <bob@example.com>\nWww: 5.2.2024 10:32\nEee: Ann <ann@example.com>\nRrr: "
	    "Tea\n\nTea?\n",
	    "Xa.", NULL },
	{ "an appointment is no header",
	    "Come:\n\nDate: Monday 5 February 2024\nTime: 10:30\nAddress: 12 High St\n",
	    "Come:\n\nDate: Monday 5 February 2024\nTime: 10:30\nAddress: 12 High St", NULL },
	{ "a bar", "Oui.\n\n-----Message d'origine-----\nbonjour\n", "Oui.", NULL },
	{ "a bar of another kind", "Tea list\n\n----- green teas -----\nsencha\n",
	    "Tea list\n\n----- green teas -----\nsencha", NULL },
	{ "a forward",
	    "FYI\n\n---------- Forwarded message ---------\nFrom: Bob <bob@example.com>\nDate: Mon, 5 Feb "
	    "2024\nSubject: Tea\nTo: <ann@example.com>\n\nTea?\n",
	    "FYI",
	    "FYI\n\nForwarded message; From: Bob <bob@example.com>; Date: Mon, 5 Feb 2024; Subject: Tea; "
	    "To: <ann@example.com>\nTea?" },
	{ "nothing but a forward",
	    "Begin forwarded message:\n\nFrom: Bob <bob@example.com>\nSubject: Tea\nDate: 5 February "
	    "2024\n\nTea?\n",
	    "Tea?",
	    "Begin forwarded message: From: Bob <bob@example.com>; Subject: Tea; Date: 5 February "
	    "2024\nTea?" },
	{ "a signature", "Yes.\n-- \nAnn\nTea Ltd\n", "Yes.", NULL },
	{ "nothing but a signature", "-- \nAnn\n", "--\nAnn", NULL },
	{ "a farewell stays", "Yes.\n\nBest regards,\nAnn\n", "Yes.\n\nBest regards,\nAnn", NULL },
	{ "but not with a card below it",
	    "Yes.\n\nMit freundlichen Grüßen\nAnn Muster\nTee GmbH\nTel.: +49 30 1234567\n", "Yes.", NULL },
	{ "a device's line", "Yes.\n\nSent from my iPhone\n", "Yes.", NULL },
	{ "another's", "好的\n\n发自我的小米手机\n", "好的", NULL },
	{ "a sentence about a device", "I sent it from my phone, did it arrive?\n",
	    "I sent it from my phone, did it arrive?", NULL },
	{ "small print",
	    "Yes.\n\nThis e-mail is confidential and may be privileged. If you are not the intended "
	    "recipient, please notify the sender and delete it.\n",
	    "Yes.", NULL },
	{ "a list's footer",
	    "Yes.\n_______________________________________________\nTea mailing list\nTea@example.org\n"
	    "https://example.org/mailman/listinfo/tea\n",
	    "Yes.", NULL },
	{ "small print under its name",
	    "Yes.\n\nDisclaimer\n\nThis e-mail is confidential and may be privileged. If you are not the "
	    "intended recipient, please notify the sender and delete it.\n",
	    "Yes.", NULL },
	{ "text about a list is none",
	    "I wrote to the mailing list about it, see https://example.org/1 for what they say.\n\nAnd you?\n",
	    "I wrote to the mailing list about it, see https://example.org/1 for what they say.\n\nAnd you?",
	    NULL },
	{ "text about deleting is no small print",
	    "It works.\n\n请使用新的程序，收到通知以后可以删除旧的文件，禁止复制的设置也请一并删除，有问题的时候随时联系我"
	    "们，谢谢。\n\n再见\n",
	    "It works.\n\n请使用新的程序，收到通知以后可以删除旧的文件，禁止复制的设置也请一并删除，有问题的时候随时联系我"
	    "们，谢谢。\n\n再见",
	    NULL },
	{ "a sentence that begins as a device's line", "Hi,\n\nSent the orange folder to Maria\n",
	    "Hi,\n\nSent the orange folder to Maria", NULL },
	{ "a number to call is text", "Thanks for the folder!\n\nMy new phone is 020 7946 0000, please call me there.\n",
	    "Thanks for the folder!\n\nMy new phone is 020 7946 0000, please call me there.", NULL },
	{ "a date and an address in a sentence",
	    "Please answer by 5 Feb 2024 to bob@example.com:\n1. when?\n2. where?\n",
	    "Please answer by 5 Feb 2024 to bob@example.com:\n1. when?\n2. where?", NULL },
	{ "a form is no header", "Data: 5/2\nPara: Ana\nAssunto: Festa\n", "Data: 5/2\nPara: Ana\nAssunto: Festa",
	    NULL },
	{ "sender and date on one line",
	    "Yes.\n\nFrom: bob@example.com Date: Mon, 5 Feb 2024 10:32:00 +0100\n\nTea?\n", "Yes.", NULL },
	{ "a wrapped quote",
	    "> The quick brown fox jumps over the lazy dog and then goes on to the\nriver\n> bank.\n\nGood.\n",
	    "Good.", NULL },
	{ "PGP's armour",
	    "-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA512\n\nYes.\n-----BEGIN PGP "
	    "SIGNATURE-----\n\nabc=\n-----END PGP SIGNATURE-----\n",
	    "Yes.", NULL },
	{ "PGP's armour without a hash", "-----BEGIN PGP SIGNED MESSAGE-----\n\nYes.\n", "Yes.", NULL },
	{ "code keeps its marks", "Try:\n\n```\n> ls\n-- x\n```\n", "Try:\n\n```\n> ls\n-- x\n```", NULL },
};

static char *
trimmed(const char *text, enum trim_how how)
{
	struct buf out;

	buf_init(&out, 1 << 16);
	trim(text, strlen(text), how, false, &out);
	return out.data ? out.data : strdup("");
}

/* What trim_words.c says of its lists. */
static void
check_lists(void)
{
	unsigned unfolded = 0, unsorted = 0;

	for (size_t which = 0; which < TRIM_WORDS; which++)
		for (size_t i = 0; i < trim_words[which].n; i++) {
			const char *word = trim_words[which].word[i];
			const char *before = i ? trim_words[which].word[i - 1] : NULL;
			char folded[256];

			fold(word, strlen(word), folded);
			unfolded += strcmp(folded, word) != 0;
			unsorted += before && strcmp(before, word) >= 0;
			unsorted += before && which != WORDS_ANSWERS && strncmp(before, word, strlen(before)) == 0;
		}
	is_int(unfolded, 0, "the words are folded");
	is_int(unsorted, 0, "and sorted, and none begins with another");
}

static void
check_subjects(void)
{
	static const struct {
		const char *subject;
		bool forwards;
	} subjects[] = { { "Fwd: Tea", true }, { "FW: Tea", true }, { "WG: Tee", true }, { "转发：茶", true },
		{ "Re: Tea", false }, { "Tea: a list", true },
		{ "AW: Tee", false }, { "[tea] Re: green", false }, { "RE[2]: Tea", false }, { "回复：茶", false },
		{ "Fwd", true }, { "", true }, { NULL, true } };

	for (size_t i = 0; i < sizeof subjects / sizeof *subjects; i++)
		is_int(trim_forwards(subjects[i].subject), subjects[i].forwards,
		    subjects[i].subject ? subjects[i].subject : "no subject");
}

int
main(void)
{
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const struct row *r = &rows[i];
		char *reply = trimmed(r->text, TRIM_REPLY), *forward = trimmed(r->text, TRIM_FORWARD);

		is_str(reply, r->reply, r->name);
		is_str(forward, r->forward ? r->forward : r->reply, "and as a forward");
		free(reply);
		free(forward);
	}
	check_lists();
	check_subjects();
	return tap_done();
}
