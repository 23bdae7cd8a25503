/*
 * trim_words.c - what programs, companies and letter writers put around the words of a mail, in the
 * languages of the mail programs that are used.
 *
 * The lists are as words.h wants them. They help; what tells a quote is its shape (trim_wrote.c,
 * trim_head.c).
 */
#include "bridge/message/trim_words.h"

#include <string.h>

/* Verbs that say who wrote what is quoted; whole words, in scripts that part them. */
static const char *const wrote[] = {
	"citando", "citerar", "citerer", "citing", "cytowanie", "ecrit", "ecrivait",
	"ecrivit", "escreve", "escribe", "escribia", "escribio", "escribiu", "escrit",
	"escriure", "escrivi", "geschreven", "geschrieben", "geskryf", "idatzi", "irja",
	"irta", "isinulat", "je pisal", "kirjoittaa", "kirjoitti", "kirjutab", "kirjutas",
	"menulis", "nagsulat", "napisa", "napsal", "parase", "pisal", "pise", "pisze",
	"quoting", "raksta", "rakstija", "rase", "said", "says", "schreef", "schreibt",
	"schrieb", "schrijft", "scrie", "scriobh", "scris", "scritto", "scrive", "shkroi",
	"skrev", "skribis", "skrifadi", "skriver", "sumulat", "tulis", "viet", "writes",
	"written", "wrote", "yazdi", "yazmis", "yozdi", "ysgrifennodd", "zitat", "γραφει",
	"εγραψαν", "εγραψε", "жазды", "написа", "напиша", "напісаў", "писав", "писал",
	"пише", "піша", "је написао", "գրել", "כתב", "كتابة", "كتب", "نوشت", "लिखते",
	"लिखा", "লিখেছেন", "எழுதியது", "เขียน", "დაწერა", "さんは", "のメッセージ", "のメール", "写了",
	"写到", "写道", "寫到", "寫道", "書いた", "書かれ", "書きました", "님이", "썼", "쓴 글", "작성",
};

/* What a bar above a quoted mail calls it, together with a word of messages[]. */
static const char *const originals[] = {
	"algki", "algne", "alkup", "antwort", "asal", "asil", "asli", "ban dau", "eredeti",
	"goc", "initial", "izvirn", "izvorn", "jatorriz", "oorspronk", "opprinn", "oprind",
	"orginal", "origin", "orijinal", "oryginal", "ozgun", "pierwotn", "povodn",
	"pradin", "precedent", "previous", "puvodn", "quoted", "replied", "reply",
	"reponse", "resposta", "respuesta", "risposta", "sakotn", "upprun", "urspr",
	"zrodl", "αρχικ", "вихідн", "изворн", "изходн", "исходн", "оригинал", "оригінал",
	"первонач", "попередн", "початков", "предыдущ", "אצלית", "המקורי", "מקורי", "اصلي",
	"الاصل", "मूल", "ต้นฉบับ", "เดิม", "元の", "元メ", "原信", "原始", "原邮", "原郵件", "回复", "回覆",
	"답변", "답장", "원래", "원본",
};

/* Likewise above a forwarded mail. */
static const char *const forwards[] = {
	"aframsen", "birbidal", "chuyen tiep", "dimajukan", "dipanjangkan", "diteruskan",
	"doorgest", "doorgezon", "edastat", "edelleenla", "encaminh", "forward", "fwd",
	"ilet", "inaint", "inoltr", "parsut", "percjell", "persiu", "posredovan", "prepos",
	"prosled", "proslij", "przekaz", "przeslan", "redirec", "reencaminh", "reenvi",
	"reexped", "terusan", "tovabbit", "transfer", "transmis", "valitet", "vidarebef",
	"vidaresand", "videresend", "weitergeleit", "weiterleit", "yonlend", "προωθ",
	"переадрес", "перенаправ", "пересил", "пересл", "пересыл", "препрат", "препраќ",
	"прослеђ", "הועבר", "מועבר", "שהועבר", "ارجاع", "اعادة توجيه", "المحول",
	"المعاد توجيه", "محول", "معاد توجيه", "هدايت", "अग्रेषित", "फॉरवर्ड", "ส่งต่อ",
	"転送", "轉寄", "轉發", "转发", "转寄", "전달", "포워드",
};

/* Words for a mail. */
static const char *const messages[] = {
	"appointment", "bericht", "besked", "correo", "courriel", "e-kiri", "e-mail",
	"e-posta", "email", "ileti", "kiri", "laisk", "letter", "level", "mail", "meddel",
	"melding", "mensagem", "mensaje", "mensaxe", "mesaj", "mesazh", "mesej", "messag",
	"mezu", "missatge", "nachricht", "original-nachricht", "originalbesk",
	"originalmeddel", "originalmelding", "originalnachricht", "pesan", "poruk",
	"posta", "reuniao", "skilab", "sporoc", "sprav", "surel", "termin", "thong diep",
	"thu", "tin nhan", "uzenet", "vestul", "viesti", "wiadomo", "zin", "zprav",
	"μηνυμα", "имеил", "лист", "писмо", "письм", "повідомл", "порак", "порука",
	"сообщени", "съобщени", "ההודעה", "הודע", "البريد", "الرسالة", "ايميل", "رسالة",
	"نامه", "پيام", "ईमेल", "मेल", "संदेश", "सन्देश", "ข้อความ", "อีเมล", "メッセージ",
	"メール", "信件", "信息", "消息", "訊息", "邮 件", "邮件", "郵件", "메시지", "메일", "이메일",
};

/* Words by which a device says that a mail came from it, at the line's start or end. */
static const char *const sent[] = {
	"bidalita", "composed on", "da gui tu", "derguar nga", "diese nachricht wurde mit",
	"diese nachricht wurde von meinem", "dihantar dari", "dikirim dari", "duoc gui tu",
	"elkuldve", "enviada de", "enviada do", "enviado a partir", "enviado atraves",
	"enviado com", "enviado con", "enviado de", "enviado do", "enviado por",
	"enviado via", "enviat des", "envoye a partir", "envoye avec", "envoye d'",
	"envoye de", "envoye par", "envoye via", "escrito desde", "from mobile", "from my",
	"geschrieben mit", "gesendet", "gestuurd vanaf", "gonderildi", "gonderilmistir",
	"gui tu", "inviata da", "inviato con", "inviato da", "inviato tramite",
	"iphone'umdan", "iphone-omrol", "issiusta", "kuldve", "lahetetty",
	"mobil gesendet", "napisane na", "nosutits", "odeslano pomoci", "odeslano z",
	"odoslane z", "poslane z", "poslano iz", "poslano s", "poslano z", "poslato sa",
	"saadetud", "scritto da", "sendt fra", "sendt med", "sendt via", "sendur",
	"sent by", "sent from", "sent on", "sent through", "sent using", "sent via",
	"sent with", "skickades fran", "skickat fran", "skickat med", "skickat via",
	"someone from mobile", "trimis cu", "trimis de", "trimis din", "typed on",
	"verschickt mit", "versendet mit", "versendet von", "verstuurd met",
	"verstuurd vanaf", "verstuurd via", "verzonden met", "verzonden vanaf",
	"verzonden vanuit", "verzonden via", "via mobile", "von meinem", "written on",
	"wyslane z", "wyslano z", "εσταλη απο", "σταλθηκε απο", "σταλθηκε με",
	"відправлено з", "изпратено от", "надіслано з", "надіслано із", "отправлено из",
	"отправлено от", "отправлено с", "отправлено через", "послато са", "נשלח מ",
	"ارسال", "ارسل من", "ارسلت من", "تم الارسال من", "مرسل من", "भेजा गया", "ส่งจาก",
	"から送信", "从我的", "來自我", "傳送", "发自", "发送自", "從我的", "来自我", "發自", "發送自", "送信", "보냄",
	"에서 보냄", "에서 전송", "전송",
};

/* Beginnings that tell it even when the device is not known. */
static const char *const sentmy[] = {
	"dikirim dari", "enviada do meu", "enviado a partir do meu", "enviado de meu",
	"enviado desde mi", "enviado do meu", "enviat des del meu",
	"envoye a partir de mon", "envoye de mon", "envoye depuis mon",
	"gesendet von meinem", "gonderildi benim", "gui tu", "inviato da mio",
	"inviato dal mio", "issiusta is mano", "nosutits no mana", "odeslano z meho",
	"odoslane z mojho", "poslano iz mog", "poslano s mog", "saadetud minu",
	"sendt fra min", "sent from my", "sent on the go", "skickat fran min",
	"trimis de pe", "verstuurd vanaf mijn", "verzonden met mijn",
	"verzonden vanaf mijn", "von meinem", "wyslane z mojego", "wyslano z mojego",
	"σταλθηκε απο το", "відправлено з мого", "изпратено от моя", "надіслано з мого",
	"отправлено с моего", "נשלח מ", "ارسلت من", "ส่งจาก", "从 windows", "从我的", "來自我的",
	"发自我的", "從 windows", "從我的", "来自我的", "發自我的",
};

/* Likewise, words by which it says where to get a program. */
static const char *const gets[] = {
	"baixe", "beszerz", "dapatkan", "descarca", "descarga", "download", "edinin",
	"get", "haal", "hae", "hamta", "hangi", "hanki", "hent", "herunterladen",
	"hol dir", "holen", "indir", "laden", "letolt", "nabavite", "nhan", "obten",
	"obter", "obtin", "ottieni", "pobierz", "preuzmi", "scarica", "skaffa", "stahn",
	"stiahn", "tai", "telecharge", "unduh", "ziskajte", "ziskejte", "αποκτηστε",
	"ληψη", "завантаж", "загруз", "изтегл", "отримаи", "получит", "скача", "הורד",
	"קבל", "احصل", "الحصول", "تنزيل", "प्राप्त", "ดาวน์โหลด", "รับ", "下載", "下载", "入手",
	"取得", "獲取", "获取", "다운로드", "받기",
};

/* Devices and programs that say so. */
static const char *const devices[] = {
	"airmail", "alcatel", "android", "apple", "aqua mail", "aquamail", "at&t",
	"blackberry", "blue mail", "bluemail", "cell", "celular", "centrum", "correo para",
	"daum", "device", "dien thoai", "edison", "fairemail", "foxmail", "freenet",
	"front", "galaxy", "gmail", "gmx", "gsm", "handy", "honor", "hotmail", "hp", "htc",
	"huawei", "icloud", "imac", "ipad", "iphon", "ipod", "k-9", "k9", "laposte",
	"libero", "lumia", "mac", "mail app", "mail for windows", "mail fur", "mail para",
	"mail per", "mail pour", "mail voor", "mail.ru", "mailbox", "mobil", "moto g",
	"motorola", "movil", "naver", "newton", "nokia", "o2.pl", "oneplus", "onet",
	"oppo", "orange", "outlook", "phone", "pixel", "poco", "polymail", "ponsel",
	"portable", "portatil", "proton", "puhelim", "qq", "rakuten", "redmi", "samsung",
	"seznam", "smartphone", "sony", "spark", "superhuman", "surface", "t-mobile",
	"t-online", "tablet", "talrun", "telefon", "telephone", "thunderbird", "ti-85",
	"tigermail", "tuta", "type mail", "typeapp", "verizon", "vivo", "vodafone",
	"web.de", "webmail", "windows", "wp.pl", "xiaomi", "xperia", "yahoo", "yandex",
	"zoho", "аифон", "мобильн", "смартфон", "телефон", "яндекс", "אייפון", "טלפון",
	"ايفون", "جوال", "نقال", "هاتف", "फोन", "มือถือ", "โทรศัพท์", "スマホ", "スマートフォン",
	"手机", "手機", "携帯", "新浪", "电话", "网易", "行動", "邮件", "邮箱", "郵箱", "갤럭시", "네이버", "다음",
	"스마트폰", "아이폰", "휴대폰",
};

/* What may stand behind it. */
static const char *const excuses[] = {
	"brevity", "disculp", "entschuldig", "erreurs", "errores", "errori", "excuse",
	"fautes", "forgive", "fouten", "kort", "kurze", "pardon", "scus", "short", "sorry",
	"tippfehler", "typo",
};

/* Words of the small print that companies add; several of them in one paragraph tell it. */
static const char *const secrets[] = {
	"addressee", "adresat", "afsender", "afzender", "alici", "attachments", "avertir",
	"avsandar", "avsender", "bao mat", "bestemd", "bestimmt", "bi mat", "bizalmas",
	"by mistake", "cam", "cancell", "cimzett", "comunicazione", "confidencial",
	"confidentia", "confidentiel", "delete", "destinataire", "destinatar", "detruire",
	"dilarang", "din greseala", "disclos", "disseminat", "distrugg", "dovern",
	"duvern", "elimin", "empfanger", "erehdy", "erreur", "expediteur", "expeditor",
	"feil", "fejl", "felado", "forbjud", "forbud", "fortrol", "geadresseerde", "gizli",
	"gonderen", "greskom", "hapus", "have received this", "if you are not",
	"if you have received", "in error", "informazioni contenute", "informieren sie",
	"intended for the", "intended only", "intended recipient", "intended solely",
	"interdit", "interzis", "irrtumlich", "izbris", "kesalahan", "kiellet",
	"konfidencial", "konfidensiel", "konfidenti", "konfidentsiaal", "lahettaj",
	"liabilit", "loschen", "luottamuksell", "misstag", "mittente", "modtager",
	"mottagar", "mottaker", "muhatab", "nadawc", "named recipient", "naslovnik",
	"nguoi gui", "nguoi nhan", "nham", "nicht der richtige", "nicht gestattet",
	"notifi", "notify the sender", "notify us", "obris", "odesila", "odosiela", "omyl",
	"openbaarmak", "par erreur", "penerima", "pengirim", "per errore",
	"per vergissing", "poist", "pomotoma", "por engano", "por erro", "posiljao",
	"posiljat", "poufn", "poverljiv", "povjerljiv", "prijemc", "primalac", "primatel",
	"privileged", "prohib", "proibid", "przeznaczon", "radera", "rahasia",
	"received this", "rechtlich geschutzt", "registered in", "registered office",
	"riservat", "silin", "slet", "smaz", "solely for", "sterg", "strictement", "sulit",
	"supprimer", "tevedes", "tilos", "torol", "unauthori", "unbefugt", "usunie",
	"vastaanottaj", "vernichten", "vertraulich", "vertrouwelijk", "verwijder",
	"vietat", "views expressed", "virus", "vymaz", "weitergabe", "xoa", "yanlislikla",
	"yasak", "zabranjen", "zabronion", "zakaz", "zaupn", "απαγορ", "αποστολε",
	"διαγρα", "εμπιστευτικ", "λαθοσ", "παραληπτ", "адресат", "видал", "відправник",
	"грешка", "заборон", "забран", "запрещ", "знищ", "изтри", "конфиденциальн",
	"конфіденціин", "одержувач", "отправител", "отримувач", "ошибочно", "по ошибке",
	"поверител", "подател", "получател", "помилков", "предназнач", "удал", "уничтож",
	"אסור", "בטעות", "הנמען", "השולח", "חסוי", "מחק", "נמען", "סודי", "السري",
	"المرسل", "المستلم", "بالخطا", "حذف", "خطا", "سري", "يحظر", "गलती", "गोपनीय",
	"निषिद्ध", "प्राप्तकर्ता", "प्रेषक", "हटा", "ความลับ", "ผิดพลาด", "ผู้รับ",
	"ผู้ส่ง", "ลบ", "ลับ", "ห้าม", "使用", "保密", "删除", "刪除", "削除", "受信", "复制", "宛先",
	"寄件", "差出人", "披露", "收件人", "收件者", "散布", "机密", "機密", "泄露", "禁止", "秘密", "複製", "誤って",
	"誤收", "误收", "転送", "通知", "错误", "開示", "금지", "기밀", "무단", "발신자", "비밀", "삭제", "수신인",
	"수신자",
};

/* Of these, one at least must be there: that it is secret, or for somebody else. */
static const char *const strong[] = {
	"bao mat", "bi mat", "bizalmas", "confidencial", "confidentia", "confidentiel",
	"destinataire", "din greseala", "dovern", "duvern", "erehdyks", "fejlagtigt",
	"fortrol", "gizli", "greskom", "if you are not the", "in error",
	"intended for the", "intended only", "intended recipient", "intended solely",
	"irrtumlich", "kesalahan", "konfidencial", "konfidensiel", "konfidenti",
	"konfidentsiaal", "luottamuksell", "misstag", "nham", "nicht der richtige",
	"niet voor u bestemd", "omylem", "omylk", "omylom", "par erreur", "per errore",
	"per vergissing", "pomotoma", "por engano", "por erro", "poufn", "poverljiv",
	"povjerljiv", "privileged", "rahasia", "received it in error",
	"received this e-mail in error", "received this email in error",
	"received this in error", "received this message in error",
	"received this transmission", "riservat", "solely for", "sulit", "ten onrechte",
	"tevedes", "ved en feil", "ved en fejl", "vertraulich", "vertrouwelijk",
	"yanlislikla", "zaupn", "εμπιστευτικ", "λαθοσ", "конфиденциальн", "конфіденціин",
	"не являетесь", "ошибочно", "по ошибке", "по погрешка", "поверител", "помилков",
	"בטעות", "חסוי", "סודי", "السري", "بالخطا", "سري", "عن طريق الخطا", "محرمانه",
	"गलती से", "गोपनीय", "ความลับ", "ผิดพลาด", "ลับ", "保密", "机密", "機密", "秘密", "誤って",
	"誤收", "误收", "錯收", "错收", "기밀", "비밀", "잘못 수신", "잘못 전송",
};

/* What small print is called, above it. */
static const char *const headings[] = {
	"advertencia", "ansvarsfriskrivning", "avertissement", "avis", "avvertenza",
	"avviso di riservatezza", "canh bao", "clause de confidentialite", "clausola",
	"confidential", "disclaimer", "fortrolighed", "gizlilik", "haftungsausschluss",
	"hinweis", "important notice", "important:", "informativa", "klauzula",
	"legal disclaimer", "legal notice", "luu y", "mentions legales", "notice",
	"privacy", "rechtlicher hinweis", "riservatezza", "uwaga", "uyari",
	"vertraulichkeit", "vrijwaring", "wichtiger hinweis", "yasal uyari",
	"zastrzezenie", "внимание", "конфиденциальность", "תנאי סודיות", "اخلاء مسؤولية",
	"保密声明", "保密聲明", "免責事項", "免責聲明", "免责声明", "声明", "聲明", "면책", "주의",
};

/* How a company's gateway begins its warning that a mail came from outside. */
static const char *const banners[] = {
	"** external", "*** external", "[external", "[외부", "achtung: diese e-mail",
	"achtung: externe", "atencao: este", "atencion: este", "attention : ce",
	"attention : courriel", "attention: ce", "attention: external", "attention: this",
	"attenzione: mail", "attenzione: questa", "caution -", "caution!", "caution:",
	"cuidado:", "extern:", "external email", "external mail", "externe e-mail",
	"let op! deze", "let op: deze", "obs: detta", "precaucion:",
	"some people who received this message don't often",
	"this email originated from outside", "this email was sent from outside",
	"this message originated from outside", "this message was sent from outside",
	"uwaga! ta", "uwaga: ta", "varning: detta", "vorsicht: diese", "vorsicht: externe",
	"warning: external", "warning: this email", "warning: this message",
	"you don't often get email", "внимание! это", "внимание: это", "увага: цеи",
	"【外部メール】", "【外部邮件】", "外部邮件", "注意:", "警告:此",
};

/* How the footers of lists, of virus scanners and of good causes begin or what they hold. */
static const char *const footers[] = {
	"abbestellen", "abmelden", "afmelden", "antes de imprimir", "auf viren gepruft",
	"avant d'imprimer", "before printing", "bitte denken sie an die umwelt",
	"bu e-posta", "cancelar inscricao", "cet e-mail a ete verifie",
	"cet email a ete verifie", "click here to unsubscribe", "consider the environment",
	"darse de baja", "den har e-postmeddelandet har kontrollerats",
	"denk aan het milieu", "denken sie an die umwelt",
	"denne e-mail er blevet kontrolleret", "deze e-mail is gecontroleerd",
	"diese e-mail wurde auf viren", "diese e-mail wurde von avast", "disiscri",
	"este correo electronico ha sido comprobado", "este e-mail foi verificado",
	"este email foi escaneado", "este mensaje ha sido analizado", "ezt az e-mailt",
	"for more options visit", "for more options, visit", "ha recibido este mensaje",
	"hai ricevuto questo messaggio", "has recibido este mensaje", "je ontvangt dit",
	"keine viren", "l'absence de virus", "libre de virus", "list-unsubscribe",
	"livre de virus", "mailing list", "mailman/listinfo", "manage your subscription",
	"n'imprimez", "otrzymujesz te wiadomosc", "para cancelar a inscricao",
	"para cancelar la suscripcion", "pensa all'ambiente", "pense no meio ambiente",
	"pensez a l'environnement", "per annullare l'iscrizione",
	"piense en el medio ambiente", "please consider the environment",
	"pomysl o srodowisku", "pour vous desabonner", "pour vous desinscrire",
	"prima di stampare", "privo di virus", "prufen sie, ob diese",
	"questa e-mail e stata controllata", "questo messaggio e stato analizzato",
	"questo messaggio e' stato analizzato", "recebeu esta mensagem",
	"reply to this email directly", "sans virus", "scanned by", "se desabonner",
	"se desinscrire", "senza virus", "sie erhalten diese nachricht", "sin virus",
	"ta wiadomosc zostala sprawdzona", "tato zprava byla zkontrolovana",
	"tento e-mail byl zkontrolovan", "think before you print", "think green",
	"this e-mail has been checked for viruses", "this e-mail was scanned",
	"this email has been checked for viruses", "this email has been scanned",
	"this message has been scanned", "to post to this group", "to post to this list",
	"to stop receiving", "to unsubscribe", "to view this discussion",
	"u ontvangt dit bericht", "uitschrijven", "um sich von dieser gruppe",
	"unsubscribe from", "unsubscribe here", "unsubscribe:", "view it on github",
	"view this email in your browser", "virenfrei", "virus-free", "virusfrei",
	"virusvrij", "voce recebeu esta mensagem", "vous recevez ce message",
	"wypisac sie", "yahoo! groups", "you are receiving this because",
	"you are receiving this email because", "you received this message because",
	"you're receiving this", "zanim wydrukujesz", "без вирусов", "вирусов нет",
	"вы получили это сообщение", "отписаться", "проверено на вирусы",
	"это сообщение проверено", "ウイルス チェック", "ウイルスフリー", "不含病毒", "取消訂閱", "取消订阅", "无病毒",
	"無病毒", "購読を解除", "退订", "配信停止", "구독 취소", "수신거부",
};

/* How letters end, before a name. */
static const char *const closings[] = {
	"abraco", "abrazos", "all the best", "alvast bedankt", "amicalement", "ar cienu",
	"atenciosamente", "atentament", "att,", "atte", "avec mes", "bedankt", "bedste",
	"best", "bien a toi", "bien a vous", "bien cordialement", "bonne journee", "br,",
	"buona giornata", "cam on", "cheers", "com os melhores", "cordiais",
	"cordial saludo", "cordialement", "cordiales", "cordiali", "cordially",
	"cordialmente", "cu drag", "cu respect", "cu stima", "cumprimentos", "dakujem",
	"dank", "de bedste", "dekuji", "diky", "distinti", "dziekuje", "freundliche",
	"gracias", "gracies", "grazie", "groet", "gruss", "halsn", "hartelijke",
	"herzliche", "herzlichst", "hezky den", "hilsen", "hochachtungsvoll",
	"hoogachtend", "hormat", "hvala", "in fede", "iyi calismalar", "iyi gunler",
	"je vous prie", "kh", "kiitos", "kiittaen", "kind regards", "kinh thu",
	"kolay gelsin", "koszonettel", "koszonom", "kr,", "kvedja", "lep pozdrav", "lg",
	"liebe grusse", "lijep pozdrav", "love", "lp,", "lugupidamisega", "many thanks",
	"med vanlig", "med venlig", "med vennlig", "meilleures", "melhores cumprimentos",
	"merci", "met vriendelijke", "mfg", "mit besten", "mit freundlichem",
	"mit freundlichen", "muchas gracias", "muito obrigad", "multumesc", "mvg", "mvh",
	"o zi buna", "obrigad", "pa forhand", "pagarbiai", "parhain", "parimate",
	"pozdrav", "pozdrawiam", "pozdrowienia", "reciba", "regards", "respectfully",
	"rgds", "s postovanjem", "s pozdravem", "s pozdravom", "s pratelskym",
	"s priatelskym", "s spostovanjem", "s stovanjem", "s uctou", "salam", "saludos",
	"salutacions", "salutations", "saluti", "saudacoes", "saygilarimizla",
	"saygilarimla", "schone grusse", "se srdecnym", "see you", "selamlar", "serdeczn",
	"sevgiler", "sincerely", "sinceres", "so srdecnym", "srdacan", "tack", "tak",
	"talk soon", "terima kasih", "terv", "tesekkur ederim", "tesekkurler", "than men",
	"thank you", "thanks", "thx", "tisztelettel", "toate cele", "tran trong", "udv",
	"un abrazo", "un caro", "un cordial", "un saludo", "un saluto", "vanliga",
	"vanligen", "venlig", "vennlig", "veuillez agreer", "vg", "vh", "viele grusse",
	"viele liebe", "vielen dank", "vriendelijke", "warm regards", "warmest regards",
	"with kind regards", "with regards", "xin cam on", "yours", "ystavallisin",
	"z powazaniem", "z pozdrowieniami", "z wyrazami", "zdravi", "ευχαριστω",
	"με εκτιμηση", "με φιλικουσ", "φιλικα", "χαιρετισμουσ", "благодаря",
	"всего доброго", "всего хорошего", "дякую", "з наикращими", "з повагою",
	"поздрави", "с благодарностью", "с наилучшими", "с поштовањем", "с уважение",
	"спасибо", "срдачан", "בברכה", "בכבוד", "תודה", "با احترام", "با تشكر", "باخلاص",
	"بحترام", "بكل احترام", "تحياتي", "شكرا", "مع اطيب", "مع تحيات", "مع خالص",
	"وتفضلوا", "धन्यवाद", "भवदीय", "शुभकामनाओं", "सादर", "ขอบคุณ", "ขอแสดงความนับถือ",
	"ด้วยความเคารพ", "よろしくお願い", "以上", "商祺", "宜しくお願い", "敬上", "敬具", "敬礼", "敬祝", "此致",
	"祝", "致敬", "草々", "謝謝", "谢谢", "谨上", "順頌", "顺颂", "감사합니다", "드림", "안녕히", "올림",
};

/* What begins a line of a signature that says how to reach somebody. */
static const char *const contacts[] = {
	"+", "amtsgericht", "btw", "c:", "cel", "cif", "d:", "di dong", "dien thoai",
	"direct", "dt", "e-mail", "e:", "email", "f:", "facebook", "fax", "geschaftsfuhr",
	"gsm", "handelsregister", "handy", "hp", "hrb", "http", "instagram", "kvk",
	"linkedin", "m", "nif", "nip", "o:", "office", "p.", "p:", "partita iva", "phone",
	"puh", "registergericht", "regon", "sdt", "siret", "sitz der", "skype", "t",
	"ust-id", "vat", "w:", "web", "wechat", "whatsapp", "www.", "κιν", "τηλ", "φαξ",
	"инн", "моб", "саит", "т.", "тел", "факс", "טל", "נייד", "פקס", "جوال", "فاكس",
	"هاتف", "फोन", "मोबाइल", "มือถือ", "อีเมล", "โทร", "メール", "传真", "住所", "傳真", "地址",
	"微信", "手机", "手機", "携帯", "电话", "邮箱", "邮编", "電話", "이메일", "전화", "주소", "팩스", "휴대폰",
};

/* What a ticket system writes above its mails. */
static const char *const replyabove[] = {
	"## reply above", "##-", "antwoord boven", "antworten sie uber dieser",
	"bitte antworten sie oberhalb", "bitte oberhalb dieser",
	"escriba su respuesta por encima", "oberhalb dieser linie", "odpowiedz powyzej",
	"please reply above", "please type your reply above", "por favor, responda sobre",
	"reageer boven", "reply above the line", "reply above this line",
	"repondez au-dessus", "repondre au-dessus", "respond above this line",
	"responda acima desta", "responda por encima", "rispondi sopra",
	"type your reply above", "veuillez repondre au-dessus", "write above this line",
	"ответ выше этои", "пожалуиста, отвечаите выше", "この行より上", "请在此行上方", "이 줄 위에",
};

/* Subjects' marks of an answer, before a colon; an entry may begin with another here. */
static const char *const answers[] = {
	"ad", "antw", "antwort", "at", "atb", "ats", "aw", "balas", "bls", "ha", "odg",
	"odgovor", "odp", "odpowiedz", "r", "re", "re(2", "ref", "rep", "res", "resp",
	"ri", "rif", "rpl", "rs", "rsp", "se", "sre", "sv", "svar", "tl", "tra loi", "va",
	"valasz", "vas", "vast", "yan", "ynt", "απ", "σχετ", "відп", "відповідь", "на",
	"одг", "отв", "ответ", "отг", "отговор", "השב", "רד", "תשובה", "رد", "ตอบ",
	"ตอบกลับ", "回复", "回應", "回覆", "答复", "答覆", "返信", "답변", "답장", "회신",
};

const struct word_list trim_words[TRIM_WORDS] = {
	[WORDS_WROTE] = { wrote, sizeof wrote / sizeof *wrote },
	[WORDS_ORIGINALS] = { originals, sizeof originals / sizeof *originals },
	[WORDS_FORWARDS] = { forwards, sizeof forwards / sizeof *forwards },
	[WORDS_MESSAGES] = { messages, sizeof messages / sizeof *messages },
	[WORDS_SENT] = { sent, sizeof sent / sizeof *sent },
	[WORDS_SENTMY] = { sentmy, sizeof sentmy / sizeof *sentmy },
	[WORDS_GETS] = { gets, sizeof gets / sizeof *gets },
	[WORDS_DEVICES] = { devices, sizeof devices / sizeof *devices },
	[WORDS_EXCUSES] = { excuses, sizeof excuses / sizeof *excuses },
	[WORDS_SECRETS] = { secrets, sizeof secrets / sizeof *secrets },
	[WORDS_STRONG] = { strong, sizeof strong / sizeof *strong },
	[WORDS_HEADINGS] = { headings, sizeof headings / sizeof *headings },
	[WORDS_BANNERS] = { banners, sizeof banners / sizeof *banners },
	[WORDS_FOOTERS] = { footers, sizeof footers / sizeof *footers },
	[WORDS_CLOSINGS] = { closings, sizeof closings / sizeof *closings },
	[WORDS_CONTACTS] = { contacts, sizeof contacts / sizeof *contacts },
	[WORDS_REPLYABOVE] = { replyabove, sizeof replyabove / sizeof *replyabove },
	[WORDS_ANSWERS] = { answers, sizeof answers / sizeof *answers },
};

bool
words_wrote(const char *text)
{
	const struct word_list *list = &trim_words[WORDS_WROTE];
	const char *at = text;

	while ((at = words_find(list, at, text))) {
		size_t len = strlen(words_at(list, at));

		/* A verb's forms differ at its end, and scripts without spaces have none. */
		if ((unsigned char)*at >= 0xe0 || words_letters(at + len) <= 4)
			return true;
		at += len;
	}
	return false;
}
