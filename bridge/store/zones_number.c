/*
 * zones_number.c - the zones of countries, by the codes of ITU-T E.164.
 *
 * A number tells its country and no more, since mobile numbers move with people. Of a country with
 * several zones those count where most live; numbers of areas that share a code with a larger country
 * have rows of their own where their codes are known.
 */
#include "bridge/store/zones.h"

#include <string.h>

static const struct {
	const char *prefix;
	const char *names[ZONES_MOST];
} countries[] = {
	{ "1", { "America/New_York", "America/Chicago", "America/Denver", "America/Los_Angeles" } },
	{ "1787", { "America/Puerto_Rico" } }, { "1939", { "America/Puerto_Rico" } },
	{ "1808", { "Pacific/Honolulu" } }, { "1907", { "America/Anchorage" } },
	{ "1809", { "America/Santo_Domingo" } }, { "1829", { "America/Santo_Domingo" } },
	{ "1849", { "America/Santo_Domingo" } }, { "1876", { "America/Jamaica" } },
	{ "1868", { "America/Port_of_Spain" } }, { "1671", { "Pacific/Guam" } },
	{ "20", { "Africa/Cairo" } }, { "211", { "Africa/Juba" } },
	{ "212", { "Africa/Casablanca" } }, { "213", { "Africa/Algiers" } },
	{ "216", { "Africa/Tunis" } }, { "218", { "Africa/Tripoli" } },
	{ "220", { "Africa/Banjul" } }, { "221", { "Africa/Dakar" } },
	{ "222", { "Africa/Nouakchott" } }, { "223", { "Africa/Bamako" } },
	{ "224", { "Africa/Conakry" } }, { "225", { "Africa/Abidjan" } },
	{ "226", { "Africa/Ouagadougou" } }, { "227", { "Africa/Niamey" } },
	{ "228", { "Africa/Lome" } }, { "229", { "Africa/Porto-Novo" } },
	{ "230", { "Indian/Mauritius" } }, { "231", { "Africa/Monrovia" } },
	{ "232", { "Africa/Freetown" } }, { "233", { "Africa/Accra" } },
	{ "234", { "Africa/Lagos" } }, { "235", { "Africa/Ndjamena" } },
	{ "236", { "Africa/Bangui" } }, { "237", { "Africa/Douala" } },
	{ "238", { "Atlantic/Cape_Verde" } }, { "241", { "Africa/Libreville" } },
	{ "242", { "Africa/Brazzaville" } }, { "243", { "Africa/Kinshasa", "Africa/Lubumbashi" } },
	{ "244", { "Africa/Luanda" } }, { "248", { "Indian/Mahe" } },
	{ "249", { "Africa/Khartoum" } }, { "250", { "Africa/Kigali" } },
	{ "251", { "Africa/Addis_Ababa" } }, { "252", { "Africa/Mogadishu" } },
	{ "253", { "Africa/Djibouti" } }, { "254", { "Africa/Nairobi" } },
	{ "255", { "Africa/Dar_es_Salaam" } }, { "256", { "Africa/Kampala" } },
	{ "257", { "Africa/Bujumbura" } }, { "258", { "Africa/Maputo" } },
	{ "260", { "Africa/Lusaka" } }, { "261", { "Indian/Antananarivo" } },
	{ "262", { "Indian/Reunion" } }, { "263", { "Africa/Harare" } },
	{ "264", { "Africa/Windhoek" } }, { "265", { "Africa/Blantyre" } },
	{ "266", { "Africa/Maseru" } }, { "267", { "Africa/Gaborone" } },
	{ "268", { "Africa/Mbabane" } }, { "27", { "Africa/Johannesburg" } },
	{ "30", { "Europe/Athens" } }, { "31", { "Europe/Amsterdam" } },
	{ "32", { "Europe/Brussels" } }, { "33", { "Europe/Paris" } },
	{ "34", { "Europe/Madrid" } }, { "350", { "Europe/Gibraltar" } },
	{ "351", { "Europe/Lisbon" } }, { "352", { "Europe/Luxembourg" } },
	{ "353", { "Europe/Dublin" } }, { "354", { "Atlantic/Reykjavik" } },
	{ "355", { "Europe/Tirane" } }, { "356", { "Europe/Malta" } },
	{ "357", { "Asia/Nicosia" } }, { "358", { "Europe/Helsinki" } },
	{ "359", { "Europe/Sofia" } }, { "36", { "Europe/Budapest" } },
	{ "370", { "Europe/Vilnius" } }, { "371", { "Europe/Riga" } },
	{ "372", { "Europe/Tallinn" } }, { "373", { "Europe/Chisinau" } },
	{ "374", { "Asia/Yerevan" } }, { "375", { "Europe/Minsk" } },
	{ "376", { "Europe/Andorra" } }, { "377", { "Europe/Monaco" } },
	{ "378", { "Europe/San_Marino" } }, { "380", { "Europe/Kiev" } },
	{ "381", { "Europe/Belgrade" } }, { "382", { "Europe/Podgorica" } },
	{ "383", { "Europe/Belgrade" } }, { "385", { "Europe/Zagreb" } },
	{ "386", { "Europe/Ljubljana" } }, { "387", { "Europe/Sarajevo" } },
	{ "389", { "Europe/Skopje" } }, { "39", { "Europe/Rome" } },
	{ "40", { "Europe/Bucharest" } }, { "41", { "Europe/Zurich" } },
	{ "420", { "Europe/Prague" } }, { "421", { "Europe/Bratislava" } },
	{ "423", { "Europe/Vaduz" } }, { "43", { "Europe/Vienna" } },
	{ "44", { "Europe/London" } }, { "45", { "Europe/Copenhagen" } },
	{ "46", { "Europe/Stockholm" } }, { "47", { "Europe/Oslo" } },
	{ "48", { "Europe/Warsaw" } }, { "49", { "Europe/Berlin" } },
	{ "501", { "America/Belize" } }, { "502", { "America/Guatemala" } },
	{ "503", { "America/El_Salvador" } }, { "504", { "America/Tegucigalpa" } },
	{ "505", { "America/Managua" } }, { "506", { "America/Costa_Rica" } },
	{ "507", { "America/Panama" } }, { "509", { "America/Port-au-Prince" } },
	{ "51", { "America/Lima" } },
	{ "52", { "America/Mexico_City", "America/Tijuana", "America/Cancun" } },
	{ "53", { "America/Havana" } }, { "54", { "America/Argentina/Buenos_Aires" } },
	{ "55", { "America/Sao_Paulo", "America/Manaus", "America/Rio_Branco" } },
	{ "56", { "America/Santiago" } }, { "57", { "America/Bogota" } },
	{ "58", { "America/Caracas" } }, { "591", { "America/La_Paz" } },
	{ "592", { "America/Guyana" } }, { "593", { "America/Guayaquil" } },
	{ "595", { "America/Asuncion" } }, { "597", { "America/Paramaribo" } },
	{ "598", { "America/Montevideo" } }, { "60", { "Asia/Kuala_Lumpur" } },
	{ "61", { "Australia/Sydney", "Australia/Brisbane", "Australia/Adelaide", "Australia/Perth" } },
	{ "62", { "Asia/Jakarta", "Asia/Makassar", "Asia/Jayapura" } },
	{ "63", { "Asia/Manila" } }, { "64", { "Pacific/Auckland" } },
	{ "65", { "Asia/Singapore" } }, { "66", { "Asia/Bangkok" } },
	{ "670", { "Asia/Dili" } }, { "673", { "Asia/Brunei" } },
	{ "675", { "Pacific/Port_Moresby" } }, { "679", { "Pacific/Fiji" } },
	{ "7", { "Europe/Moscow", "Asia/Yekaterinburg", "Asia/Novosibirsk", "Asia/Vladivostok" } },
	{ "76", { "Asia/Almaty", "Asia/Aqtobe" } }, { "77", { "Asia/Almaty", "Asia/Aqtobe" } },
	{ "81", { "Asia/Tokyo" } }, { "82", { "Asia/Seoul" } },
	{ "84", { "Asia/Ho_Chi_Minh" } }, { "850", { "Asia/Pyongyang" } },
	{ "852", { "Asia/Hong_Kong" } }, { "853", { "Asia/Macau" } },
	{ "855", { "Asia/Phnom_Penh" } }, { "856", { "Asia/Vientiane" } },
	{ "86", { "Asia/Shanghai" } }, { "880", { "Asia/Dhaka" } },
	{ "886", { "Asia/Taipei" } }, { "90", { "Europe/Istanbul" } },
	{ "91", { "Asia/Kolkata" } }, { "92", { "Asia/Karachi" } },
	{ "93", { "Asia/Kabul" } }, { "94", { "Asia/Colombo" } },
	{ "95", { "Asia/Yangon" } }, { "960", { "Indian/Maldives" } },
	{ "961", { "Asia/Beirut" } }, { "962", { "Asia/Amman" } },
	{ "963", { "Asia/Damascus" } }, { "964", { "Asia/Baghdad" } },
	{ "965", { "Asia/Kuwait" } }, { "966", { "Asia/Riyadh" } },
	{ "967", { "Asia/Aden" } }, { "968", { "Asia/Muscat" } },
	{ "970", { "Asia/Gaza" } }, { "971", { "Asia/Dubai" } },
	{ "972", { "Asia/Jerusalem" } }, { "973", { "Asia/Bahrain" } },
	{ "974", { "Asia/Qatar" } }, { "975", { "Asia/Thimphu" } },
	{ "976", { "Asia/Ulaanbaatar" } }, { "977", { "Asia/Kathmandu" } },
	{ "98", { "Asia/Tehran" } }, { "992", { "Asia/Dushanbe" } },
	{ "993", { "Asia/Ashgabat" } }, { "994", { "Asia/Baku" } },
	{ "995", { "Asia/Tbilisi" } }, { "996", { "Asia/Bishkek" } },
	{ "998", { "Asia/Tashkent" } },
};

size_t
zones_of_number(const char *number, const char *names[ZONES_MOST])
{
	size_t best = 0, n = 0;

	number += *number == '+';
	for (size_t i = 0; i < sizeof countries / sizeof *countries; i++) {
		size_t len = strlen(countries[i].prefix);

		if (len <= best || strncmp(number, countries[i].prefix, len) != 0)
			continue;
		best = len;
		memcpy(names, countries[i].names, sizeof countries[i].names);
	}
	while (best && n < ZONES_MOST && names[n])
		n++;
	return n;
}

size_t
zones_code(const char *number)
{
	size_t best = 0;

	number += *number == '+';
	for (size_t i = 0; i < sizeof countries / sizeof *countries; i++) {
		size_t len = strlen(countries[i].prefix);

		if (len > best && strncmp(number, countries[i].prefix, len) == 0)
			best = len;
	}
	return best;
}
