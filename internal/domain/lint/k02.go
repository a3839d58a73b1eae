package lint

// K02: a code names one item (P-2.3). Variants of one item share its 实施编码 if
// each has a 业务办理项编码 of its own; then that one must be unique.
func init() {
	Register(&Rule{Code: "K02", Title: "编码重复使用", Clause: "P-2.3", Severity: Error, Scope: ScopeItem, Needs: NeedIndex, Check: checkK02,
		Why: "一个编码只对应一个事项；同一事项的几个办理项可以共用实施编码，但业务办理项编码各不相同。"})
}

func checkK02(s *Subject, r *Report) {
	it := s.Item
	code := UniqueCode(it)
	if code == "" {
		return
	}
	refs := r.ctx.Index.Refs(code)
	if len(refs) == 0 || len(refs) == 1 && isSelf(&refs[0], s) {
		return
	}
	self := false
	for i := range refs {
		ref := &refs[i]
		if !self && isSelf(ref, s) {
			self = true // one record of this name is the item itself, a second is a double
			continue
		}
		field := "implementation_code"
		if !isBlank(it.HandlingCode) {
			field = "handling_code"
		}
		other := ref.Name
		if ref.Variant != "" {
			other += "（" + ref.Variant + "）"
		}
		r.Add(field, code, "编码%s已被%s的“%s”使用。", code, ref.Unit, other).Do("核对两个事项：是同一事项的合并为一个；不是的，按省级目录改正编码。")
		return
	}
}

func isSelf(ref *Ref, s *Subject) bool {
	if ref.Key != "" && s.Key != "" {
		return ref.Key == s.Key
	}
	return ref.Unit == s.Item.Unit && ref.Name == s.Item.Name && ref.Variant == s.Item.Variant
}
