/* u-optout.c - words that end messages, and texts that only look like them. */
#include "bridge/flow/optout.h"
#include "t/tap.h"

static const struct optout_settings settings = {
	.stop_words = "STOP,QUIT,END,REVOKE,OPT OUT,CANCEL,UNSUBSCRIBE, Stopp ,退订,СТОП,ARRÊT,ΤΕΛΟΣ",
	.start_words = "START",
	.help_words = "HELP",
};

static const struct {
	const char *text;
	enum optout_word word;
} rows[] = {
	{ "STOP", OPTOUT_STOP },
	{ "stop", OPTOUT_STOP },
	{ "  Stop!\n", OPTOUT_STOP },
	{ "\"STOP\"", OPTOUT_STOP },
	{ "quit", OPTOUT_STOP },
	{ "End.", OPTOUT_STOP },
	{ "revoke", OPTOUT_STOP },
	{ "Opt  out", OPTOUT_STOP },
	{ "opt\nout", OPTOUT_STOP },
	{ "cancel", OPTOUT_STOP },
	{ "unsubscribe", OPTOUT_STOP },
	{ "stopp", OPTOUT_STOP },
	{ "退订", OPTOUT_STOP },
	{ "退订。", OPTOUT_STOP },
	{ "¡Stop!", OPTOUT_STOP },
	{ "стоп", OPTOUT_STOP },
	{ "Стоп!", OPTOUT_STOP },
	{ "arrêt", OPTOUT_STOP },
	{ "Arret", OPTOUT_STOP },
	{ "τέλος", OPTOUT_STOP },
	{ "ＳＴＯＰ", OPTOUT_STOP },
	{ "stop\u200b", OPTOUT_STOP },
	{ "стоп 12345", OPTOUT_NONE },
	{ "стопка", OPTOUT_NONE },
	{ "退订单", OPTOUT_NONE },
	{ "stop all", OPTOUT_STOP_ALL },
	{ "STOPALL", OPTOUT_STOP_ALL },
	{ "Start", OPTOUT_START },
	{ "help", OPTOUT_HELP },
	{ "STOP 12345", OPTOUT_NONE },
	{ "Please stop", OPTOUT_NONE },
	{ "stop it at once", OPTOUT_NONE },
	{ "s top", OPTOUT_NONE },
	{ "ALL", OPTOUT_NONE },
	{ "call", OPTOUT_NONE },
	{ "the end", OPTOUT_NONE },
	{ "", OPTOUT_NONE },
	{ "...", OPTOUT_NONE },
	{ "STOPSTOPSTOPSTOPSTOPSTOPSTOPSTOPSTOPSTOPSTOPSTOPSTOPSTOPSTOPSTOPSTOPSTOP", OPTOUT_NONE },
};

int
main(void)
{
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		ok(optout_find(&settings, rows[i].text) == rows[i].word, "\"%s\"", rows[i].text);
	return tap_done();
}
