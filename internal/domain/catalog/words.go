package catalog

// Dictionary values that rules and pages compare with. The dictionaries
// themselves are data (data/dictionaries.csv); these are the names in it that
// code has to know.
const (
	UnitWorkday = "工作日"
	UnitDay     = "自然日"
	UnitHour    = "小时"
	UnitMonth   = "月"
	UnitYear    = "年"

	CaseOnSpot   = "即办件" // 办件类型
	CasePromised = "承诺件"

	ClassMet    = "已实现最多跑一次" // P-3.2a
	ClassReform = "改革后最多跑一次"
	ClassNotYet = "暂未实现"

	NeedRequired = "必要"
	NeedOptional = "非必要"
	NeedDeferred = "容缺后补"

	RoleMain    = "主审要件"
	RoleDefer   = "可容缺"
	RolePromise = "可承诺"

	IssuerApplicant  = "申请人自备"
	IssuerGovernment = "政府部门核发"
	IssuerOther      = "其他"
)

// Duties of a touchpoint (docs/reform/visits.md).
const (
	DutySubmit     = "提交"
	DutyOriginals  = "核验原件"
	DutyIdentify   = "身份核验"
	DutySign       = "签字"
	DutyPay        = "缴费"
	DutyInterview  = "面谈"
	DutySample     = "采样"
	DutySurvey     = "陪同勘查"
	DutySupplement = "补充"
	DutyCollect    = "领取"
	DutyCarry      = "转送"
)

// Duties lists every duty the model knows, in the order of the counting method.
var Duties = []string{DutySubmit, DutyOriginals, DutyIdentify, DutySign, DutyPay, DutyInterview,
	DutySample, DutySurvey, DutySupplement, DutyCollect, DutyCarry}

// RemoteChannels lists the ways a duty can be done without coming.
var RemoteChannels = []string{"网上", "手机", "邮寄", "快递", "电话", "上门", "数据共享"}

// StepKinds lists the kinds of step that the model and the documents name.
var StepKinds = []string{"申请", "收件", "预审", "受理", "审查", "现场踏勘", "检验检测", "专家评审", "听证", "公示",
	"会签", "决定", "制证", "送达", "上门服务", "联合审查", "办结"}
