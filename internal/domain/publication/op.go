package publication

// Op is what an adjustment does to published items (P-3.2f).
type Op string

// The operations. Resume ends a suspension; the others are those of the county's
// rules for dynamic adjustment.
const (
	OpAdd      Op = "新增"
	OpChange   Op = "变更"
	OpSplit    Op = "拆分"
	OpMerge    Op = "合并"
	OpSuspend  Op = "暂停"
	OpResume   Op = "恢复"
	OpCancel   Op = "取消"
	OpTransfer Op = "划转"
	OpDelegate Op = "下放"
)
