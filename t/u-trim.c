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
	{ "behind a star", "Yes\n\n* On 5 Feb 2024, Bob wrote:\n> Hi\n", "Yes", NULL },
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
	    "FYI\n\nForwarded message: From: Bob <bob@example.com>; Date: Mon, 5 Feb 2024; Subject: Tea; "
	    "To: <ann@example.com>\nTea?" },
	{ "nothing but a forward",
	    "Begin forwarded message:\n\nFrom: Bob <bob@example.com>\nSubject: Tea\nDate: 5 February "
	    "2024\n\nTea?\n",
	    "Tea?",
	    "Begin forwarded message: From: Bob <bob@example.com>; Subject: Tea; Date: 5 February "
	    "2024\nTea?" },
	{ "a forward of a forward",
	    "---------- Forwarded message ---------\nFrom: Bob <bob@example.com>\nSubject: Tea\n\nSee "
	    "below.\n\n---------- Forwarded message ---------\nFrom: Eve <eve@example.com>\nSubject: "
	    "Tea\n\nTea?\n",
	    "See below.",
	    "Forwarded message: From: Bob <bob@example.com>; Subject: Tea\nSee below.\n\nForwarded message: From: "
	    "Eve <eve@example.com>; Subject: Tea\nTea?" },
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

/* Lines that devices add, */
static const char *const devices[] = {
	"Sent from my Samsung Galaxy smartphone.",
	"Sent from Samsung Mobile",
	"Sent from my Huawei phone",
	"Sent from Mail for Windows 10",
	"Sent from Mail<https://go.microsoft.com/fwlink/?LinkId=550986> for Windows",
	"Sent from my mobile",
	"Sent from Outlook for Android",
	"Sent from Yahoo Mail for iPhone",
	"Sent via the Samsung Galaxy S21 5G, an AT&T 5G smartphone",
	"Sent on the go",
	"Sent from ProtonMail for iOS",
	"Sent with BlackBerry Hub+",
	"Envoyé depuis mon appareil Samsung",
	"Envoyé depuis mon smartphone Samsung Galaxy.",
	"Envoyé de mon mobile",
	"Envoyé à partir de Outlook pour Android",
	"Envoyé à partir de Courrier pour Windows 10",
	"Obtenez Outlook pour Android",
	"Obtenir Outlook pour Android",
	"Envoyé depuis l'application Mail Orange",
	"Enviado desde mi smartphone Samsung Galaxy.",
	"Enviado desde Correo para Windows 10",
	"Enviado desde Yahoo Mail para Android",
	"Enviado desde Outlook para Android",
	"Enviado a partir do meu smartphone Samsung Galaxy.",
	"Enviado do Email para Windows 10",
	"Enviado do Yahoo Mail no Android",
	"Obter o Outlook para Android",
	"Enviado via iPhone",
	"Von meinem/meiner Galaxy gesendet",
	"Gesendet von Mail für Windows 10",
	"Gesendet mit der Telekom Mail App",
	"Gesendet von Yahoo Mail auf Android",
	"Gesendet von Outlook für Android",
	"Outlook für Android herunterladen",
	"Diese Nachricht wurde von meinem Mobiltelefon gesendet.",
	"Gesendet mit der GMX Mail App",
	"Von meinem Huawei-Mobiltelefon gesendet",
	"Inviato dal mio dispositivo Samsung",
	"Inviato da smartphone Samsung Galaxy.",
	"Inviato da Posta per Windows 10",
	"Inviato da Libero Mail per Android",
	"Ottieni Outlook per Android",
	"Verzonden vanaf mijn Galaxy",
	"Verzonden met Yahoo Mail op Android",
	"Verzonden vanuit Mail voor Windows 10",
	"Download Outlook voor Android",
	"Wysłane z mojego urządzenia Galaxy",
	"Wysłano z telefonu Samsung",
	"Wysłane z aplikacji Poczta dla systemu Windows 10",
	"Wysłane z programu Outlook dla systemu Android",
	"Отправлено с устройства Galaxy",
	"Отправлено из мобильной Почты Mail.ru",
	"Отправлено из приложения \"Почта\" для Windows 10",
	"Отправлено из мобильной Яндекс.Почты",
	"Скачать Outlook для Android",
	"Skickat från min Galaxy",
	"Skickades från E-post för Windows 10",
	"Skickat från min Samsung Galaxy-smartphone.",
	"Hämta Outlook för Android",
	"Sendt fra min Galaxy",
	"Sendt fra Mail til Windows 10",
	"Sendt fra E-post for Windows 10",
	"Sendt fra min Samsung Galaxy-smarttelefon.",
	"Skaff deg Outlook for Android",
	"Lähetetty Galaxy-laitteesta",
	"Lähetetty Windows 10:n Sähköpostista",
	"Hanki Outlook for Android",
	"Odesláno ze zařízení Galaxy",
	"Odesláno z aplikace Pošta pro Windows 10",
	"Odesláno z mobilního telefonu Samsung",
	"Odoslané z môjho zariadenia Galaxy",
	"A Windows Posta alkalmazásából küldve",
	"Samsung Galaxy okostelefonomról küldve.",
	"Trimis din Poșta pentru Windows 10",
	"Trimis de pe dispozitivul meu Galaxy",
	"Στάλθηκε από τη συσκευή μου Galaxy",
	"Στάλθηκε από την εφαρμογή Αλληλογραφία για Windows 10",
	"Galaxy cihazımdan gönderildi",
	"Windows 10 için Posta ile gönderildi",
	"Android için Outlook'u edinin",
	"Samsung Mobile tarafından gönderildi",
	"Надіслано з пристрою Galaxy",
	"Надіслано з мобільного телефону Samsung",
	"Изпратено от Samsung Galaxy",
	"Poslano s uređaja Galaxy",
	"Poslano z mojega iPhona",
	"Послато са Samsung телефона",
	"تم الإرسال من هاتف Samsung Galaxy الذكي.",
	"تم الإرسال من البريد لـ Windows",
	"أرسلت من هاتفي",
	"נשלח מהטלפון שלי",
	"נשלח מ-Samsung Galaxy שלי",
	"נשלח מ'דואר' עבור Windows",
	"मेरे Galaxy से भेजा गया",
	"मेरे Android फ़ोन से भेजा गया",
	"ส่งจากอุปกรณ์ Galaxy ของฉัน",
	"ส่งจากโทรศัพท์ของฉัน",
	"Được gửi từ thiết bị Galaxy của tôi",
	"Gửi từ điện thoại của tôi",
	"Dikirim dari ponsel Samsung Galaxy saya",
	"Galaxyから送信",
	"Windows 版のメールから送信",
	"Androidから送信",
	"スマートフォンから送信",
	"Galaxy에서 보냄",
	"Windows용 메일에서 보냄",
	"Samsung 기기에서 전송",
	"내 휴대폰에서 보냄",
	"从我的Galaxy发送",
	"从 Windows 版邮件发送",
	"发自我的华为手机",
	"发自我的手机",
	"来自我的小米手机",
	"发自网易邮箱大师",
	"發自我的 Galaxy",
	"從 Windows 的郵件傳送",
	"從我的 Android 手機傳送",
	"Enviat des del meu mòbil",
	"Saadetud Samsung telefonist",
	"Nosūtīts no mana tālruņa",
	"Išsiųsta iš mano telefono",
};
/* and what persons write. */
static const char *const sentences[] = {
	"I bought an iPhone",
	"Sent the folder to Maria on Monday",
	"My phone is broken",
	"Get the phone from Maria",
	"Envoyé le dossier bleu à Maria",
	"Gesendet habe ich ihn gestern",
	"Der Ordner wurde gestern gesendet.",
	"Was it sent from your phone?",
	"Android or iPhone?",
	"我的手机坏了",
	"電話ください",
	"iPhoneを買いました",
	"Call my mobile",
	"Skickat!",
	"Enviado!",
	"Outlook works again",
	"Bitte sende mir das Handy",
};

static char *
trimmed(const char *text, enum trim_how how)
{
	struct buf out;

	buf_init(&out, 1 << 16);
	trim(text, strlen(text), how, false, &out);
	return out.data ? out.data : strdup("");
}

/* Is a line kept as the last paragraph of a mail? */
static void
check_last(const char *line, bool kept)
{
	char text[512];
	char *reply;

	snprintf(text, sizeof text, "Hello Bob,\n\n%s\n", line);
	reply = trimmed(text, TRIM_REPLY);
	ok((strstr(reply, line) != NULL) == kept, "%s %s", kept ? "keeps" : "cuts", line);
	free(reply);
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
	for (size_t i = 0; i < sizeof devices / sizeof *devices; i++)
		check_last(devices[i], false);
	for (size_t i = 0; i < sizeof sentences / sizeof *sentences; i++)
		check_last(sentences[i], true);
	check_lists();
	check_subjects();
	return tap_done();
}
