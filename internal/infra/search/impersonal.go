package search

import "strings"

// surnames are those of more than nine in ten people, after the Ministry of
// Public Security's report on names (2020).
const surnames = `王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许邓韩冯曹彭曾肖田董潘袁蔡蒋余于杜叶程魏苏吕丁任卢姚沈钟姜崔谭陆范汪廖石金韦贾夏付方邹熊白孟秦邱侯江尹薛闫雷龙黎史陶贺毛段郝顾龚邵万覃武钱戴严莫孔向常汤康易乔赖文欧阳`

// longestMiss bounds what is kept of a query, in characters.
const longestMiss = 20

// Impersonal is what of a query may be kept: the words that the program knows,
// and of what it does not know nothing that could be a person's name, a number
// or an address. "" if nothing is left that says what was meant.
func (ix *Index) Impersonal(text string) string {
	rs := readable(text)
	digits := 0
	for _, r := range rs {
		if r >= '0' && r <= '9' {
			digits++
		}
	}
	if digits >= 6 || strings.ContainsAny(text, "@＠") {
		return ""
	}
	var out []rune
	said := 0
	for _, pc := range ix.split(rs) {
		part := rs[pc.from:pc.to]
		switch {
		case pc.kind == letters:
			for _, r := range part {
				if r >= '0' && r <= '9' || len(part) > 12 {
					part = nil
					break
				}
			}
		case pc.kind == plain && len(part) <= 4 && (strings.ContainsRune(surnames, part[0]) || len(part) > 1 && strings.ContainsRune("老小阿", part[0]) && strings.ContainsRune(surnames, part[1])):
			part = nil // 张三, 老王头
		case pc.kind == plain && len(part) > 6:
			part = nil
		case pc.kind != filler:
			said += len(part)
		}
		if pc.kind == plain && part != nil && strings.ContainsAny(string(part), "号栋室幢弄巷") {
			part = nil
		}
		out = append(out, part...)
	}
	if said == 0 && len(out) < 2 || len(out) < 2 {
		return ""
	}
	return string(out[:min(len(out), longestMiss)])
}
