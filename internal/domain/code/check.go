package code

import "strings"

// The alphabet of GB 32100-2015: no I, O, S, V, Z, which are misread.
const usccAlphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY"

// usccValue is the value of a character in the alphabet, -1 if not in it;
// orgValue the one of GB 11714, which admits all letters.
var usccValue, orgValue [256]int16

var usccWeight = [17]int16{1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28}

var orgWeight = [8]int16{3, 7, 9, 10, 5, 8, 4, 2}

var idWeight = [17]int16{7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2}

func init() {
	for i := range usccValue {
		usccValue[i], orgValue[i] = -1, -1
	}
	for i := range len(usccAlphabet) {
		usccValue[usccAlphabet[i]] = int16(i)
	}
	for i := range 10 {
		orgValue['0'+i] = int16(i)
	}
	for i := range 26 {
		orgValue['A'+i] = int16(10 + i)
	}
}

// CheckUSCC is the 18th character that belongs to the first 17 of a
// 统一社会信用代码 (GB 32100-2015), 0 if one of them is not in its alphabet.
func CheckUSCC(first17 string) byte {
	if len(first17) < 17 {
		return 0
	}
	sum := int16(0)
	for i := range 17 {
		v := usccValue[first17[i]]
		if v < 0 {
			return 0
		}
		sum += v * usccWeight[i]
	}
	return usccAlphabet[(31-sum%31)%31]
}

// CheckOrganization is the 9th character that belongs to the first 8 of an
// 组织机构代码 (GB 11714-1997), 0 if one of them is no digit or capital.
func CheckOrganization(first8 string) byte {
	if len(first8) < 8 {
		return 0
	}
	sum := int16(0)
	for i := range 8 {
		v := orgValue[first8[i]]
		if v < 0 {
			return 0
		}
		sum += v * orgWeight[i]
	}
	switch c := 11 - sum%11; c {
	case 10:
		return 'X'
	case 11:
		return '0'
	default:
		return '0' + byte(c)
	}
}

// CheckCitizen is the 18th character that belongs to the first 17 digits of a
// 公民身份号码 (GB 11643-1999), 0 if one of them is no digit.
func CheckCitizen(first17 string) byte {
	if len(first17) < 17 || !allDigits(first17[:17]) {
		return 0
	}
	sum := int16(0)
	for i := range 17 {
		sum += int16(first17[i]-'0') * idWeight[i]
	}
	return "10X98765432"[sum%11]
}

// ValidUSCC, ValidOrganization, ValidCitizen, ValidBasic, ValidImpl and
// ValidHandling judge a text that is normalised already (see Normalize). They
// do not allocate.
func ValidUSCC(s string) bool {
	return len(s) == 18 && usccValue[s[17]] >= 0 && CheckUSCC(s) == s[17]
}

// ValidOrganization judges a nine-character 组织机构代码 without hyphen.
func ValidOrganization(s string) bool {
	return len(s) == 9 && CheckOrganization(s) == s[8]
}

// ValidCitizen asks for 17 digits, a birth date that exists and the check digit.
func ValidCitizen(s string) bool {
	return len(s) == 18 && CheckCitizen(s) == s[17] && validBirth(s[6:14])
}

// ValidBasic judges the 12 characters of a 基本编码: digits, save that the
// fourth may be a letter (types of Sichuan and others).
func ValidBasic(s string) bool {
	return len(s) == 12 && allDigits(s[:3]) && (isDigit(s[3]) || isUpper(s[3])) && allDigits(s[4:])
}

// ValidImpl judges the 31 characters of an 实施编码, with the check digit of
// the unit's code inside it.
func ValidImpl(s string) bool {
	return len(s) == 31 && isDigit(s[18]) && ValidBasic(s[19:]) && ValidUSCC(s[:18])
}

// ValidHandling judges the 33 characters of a 业务办理项编码.
func ValidHandling(s string) bool {
	return len(s) == 33 && allDigits(s[31:]) && ValidImpl(s[:31])
}

// BasicOf gives the 基本编码 inside an 实施编码 or 业务办理项编码 by length and
// place alone; ok is false for a text of another length.
func BasicOf(s string) (basic string, ok bool) {
	if len(s) != 31 && len(s) != 33 {
		return "", false
	}
	return s[19:31], true
}

// USCCOf gives the unit's code inside an 实施编码 or 业务办理项编码.
func USCCOf(s string) (uscc string, ok bool) {
	if len(s) != 31 && len(s) != 33 {
		return "", false
	}
	return s[:18], true
}

// LevelOf gives the 行使层级 (one character) inside an 实施编码 or 业务办理项编码.
func LevelOf(s string) (level string, ok bool) {
	if len(s) != 31 && len(s) != 33 {
		return "", false
	}
	return s[18:19], true
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }
func isUpper(c byte) bool { return c >= 'A' && c <= 'Z' }

func allDigits(s string) bool {
	for i := range len(s) {
		if !isDigit(s[i]) {
			return false
		}
	}
	return true
}

// validBirth judges YYYYMMDD; years outside 1800–2099 are slips.
func validBirth(s string) bool {
	if len(s) != 8 || !allDigits(s) {
		return false
	}
	n := func(t string) int {
		v := 0
		for i := range len(t) {
			v = v*10 + int(t[i]-'0')
		}
		return v
	}
	y, m, d := n(s[:4]), n(s[4:6]), n(s[6:])
	if y < 1800 || y > 2099 || m < 1 || m > 12 || d < 1 {
		return false
	}
	days := [12]int{31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31}
	if m == 2 && y%4 == 0 && (y%100 != 0 || y%400 == 0) {
		return d <= 29
	}
	return d <= days[m-1]
}

// Normalize trims space (also full-width and zero-width), makes full-width
// characters half-width, dashes hyphens and small letters capitals. It gives s
// itself if there is nothing to do.
func Normalize(s string) string {
	clean := true
	for i := range len(s) {
		if c := s[i]; c <= ' ' || c >= 0x7f || c >= 'a' && c <= 'z' {
			clean = false
			break
		}
	}
	if clean {
		return s
	}
	s = strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z':
			return r - 32
		case r >= '！' && r <= '～':
			r -= 0xfee0
			if r >= 'a' && r <= 'z' {
				r -= 32
			}
			return r
		case r == '　' || r == '\u00a0' || r == '\t' || r == '\r' || r == '\n':
			return ' '
		case r >= '\u200b' && r <= '\u200f' || r == '\ufeff' || r == '\u2060':
			return -1
		case r >= '\u2010' && r <= '\u2015' || r == '\u2212':
			return '-'
		}
		return r
	}, s)
	return strings.Trim(s, " ")
}
