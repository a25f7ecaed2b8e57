/**
 * Which functions may a user's SQL call? None that reads a file, a table, the network, the server
 * or the clock of others.
 */

const words = (list: string): readonly string[] => list.trim().split(/\s+/)

const operators = words(`
  plus minus multiply divide intDiv intDivOrZero modulo moduloOrZero positiveModulo negate abs
  equals notEquals less greater lessOrEquals greaterOrEquals isNotDistinctFrom isDistinctFrom and
  or not xor
  in notIn nullIn notNullIn like notLike ilike notILike match isNull isNotNull exists lambda between
  array tuple arrayElement tupleElement CAST accurateCast accurateCastOrNull accurateCastOrDefault
  _CAST cast`)

const conditionals = words(
  'if multiIf caseWithExpression caseWithoutExpression case coalesce ifNull nullIf ' +
    'assumeNotNull toNullable greatest least ifNotFinite isFinite isInfinite isNaN grouping ' +
    'transform'
)

const aggregates = words(`
  count sum avg min max any anyLast anyHeavy argMin argMax uniq uniqExact uniqCombined
  uniqCombined64 uniqHLL12 uniqTheta
  quantile quantiles quantileExact quantilesExact quantileExactInclusive quantileExactExclusive
  quantilesExactInclusive quantilesExactExclusive quantileTDigest quantilesTDigest quantileTiming
  quantileDeterministic
  median medianExact stddevPop stddevSamp varPop varSamp covarPop covarSamp corr skewPop skewSamp
  kurtPop kurtSamp
  groupArray groupUniqArray groupArraySorted groupArraySample topK topKWeighted sumMap minMap
  maxMap sumWithOverflow sumKahan avgWeighted entropy
  retention windowFunnel sequenceMatch sequenceCount first_value last_value deltaSum
  simpleLinearRegression histogram sparkbar
  row_number rank dense_rank percent_rank cume_dist ntile lag lead lagInFrame leadInFrame
  nth_value exponentialMovingAverage`)

const dates = words(`
  now now64 today yesterday toDate toDate32 toDateTime toDateTime64 toDateOrNull toDateTimeOrNull
  toDateTime64OrNull makeDate makeDateTime parseDateTime parseDateTimeBestEffort
  parseDateTimeBestEffortOrNull
  toYear toQuarter toMonth toWeek toISOWeek toISOYear toYearWeek toDayOfYear toDayOfMonth
  toDayOfWeek toHour toMinute toSecond toMillisecond toYYYYMM toYYYYMMDD toYYYYMMDDhhmmss
  toUnixTimestamp toUnixTimestamp64Milli fromUnixTimestamp fromUnixTimestamp64Milli
  toStartOfYear toStartOfISOYear toStartOfQuarter toStartOfMonth toLastDayOfMonth toMonday
  toStartOfWeek toLastDayOfWeek toStartOfDay toStartOfHour toStartOfMinute toStartOfSecond
  toStartOfFiveMinutes toStartOfTenMinutes toStartOfFifteenMinutes toStartOfInterval toTime
  timeSlot date_trunc dateTrunc
  dateDiff date_diff timestampdiff age dateAdd dateSub date_add date_sub timestampAdd timestampSub
  addYears addQuarters addMonths addWeeks addDays addHours addMinutes addSeconds subtractYears
  subtractQuarters subtractMonths subtractWeeks subtractDays subtractHours subtractMinutes
  subtractSeconds
  toIntervalYear toIntervalQuarter toIntervalMonth toIntervalWeek toIntervalDay toIntervalHour
  toIntervalMinute toIntervalSecond formatDateTime dateName monthName toTimeZone toRelativeDayNum
  toRelativeWeekNum toRelativeMonthNum extract year quarter month week day hour minute second
  dayofweek dayofmonth dayofyear`)

const strings = words(`
  length lengthUTF8 empty notEmpty lower upper lowerUTF8 upperUTF8 lcase ucase reverse reverseUTF8
  concat concatWithSeparator concat_ws substring substringUTF8 substr mid left right leftUTF8
  rightUTF8 leftPad rightPad lpad rpad trim trimLeft trimRight trimBoth ltrim rtrim
  position positionCaseInsensitive positionUTF8 locate startsWith endsWith startsWithUTF8
  endsWithUTF8 multiSearchAny multiSearchAnyCaseInsensitive multiMatchAny countSubstrings hasToken
  replace replaceOne replaceAll replaceRegexpOne replaceRegexpAll extractAll extractGroups
  extractAllGroups regexpExtract splitByChar splitByString splitByRegexp splitByWhitespace
  arrayStringConcat substringIndex initcap ascii char hex unhex
  toString toFixedString JSONExtract JSONExtractString JSONExtractInt JSONExtractUInt
  JSONExtractFloat JSONExtractBool JSONExtractRaw JSONExtractKeys JSONExtractArrayRaw JSONHas
  JSONLength JSONType isValidJSON toJSONString simpleJSONExtractString simpleJSONExtractInt
  toUUID toUUIDOrNull cityHash64 sipHash64 xxHash64 MD5 SHA256 ngramDistance`)

const maths = words(`
  round roundBankers floor ceil ceiling trunc truncate exp exp2 exp10 log ln log2 log10 sqrt cbrt
  pow power sign sin cos tan asin acos atan atan2 degrees radians pi e erf tgamma lgamma factorial
  hypot log1p width_bucket roundToExp2 roundDown roundDuration gcd lcm
  bitAnd bitOr bitXor bitNot bitShiftLeft bitShiftRight bitTest bitCount
  toInt8 toInt16 toInt32 toInt64 toInt128 toInt256 toUInt8 toUInt16 toUInt32 toUInt64 toUInt128
  toUInt256 toFloat32 toFloat64 toBool toDecimal32 toDecimal64 toDecimal128
  toInt8OrNull toInt16OrNull toInt32OrNull toInt64OrNull toUInt8OrNull toUInt16OrNull
  toUInt32OrNull toUInt64OrNull toFloat32OrNull toFloat64OrNull toInt32OrZero toInt64OrZero
  toUInt32OrZero toUInt64OrZero toFloat64OrZero
  runningDifference runningAccumulate neighbor formatReadableSize formatReadableDecimalSize
  formatReadableQuantity formatReadableTimeDelta bar toTypeName`)

const collections = words(`
  has hasAll hasAny hasSubstr indexOf countEqual arrayConcat arrayMap arrayFilter arrayExists
  arrayAll arrayCount arraySum arrayAvg arrayMin arrayMax arrayProduct arrayFirst arrayFirstOrNull
  arrayFirstIndex arrayLast arrayLastOrNull arrayLastIndex arraySort arrayReverseSort
  arrayPartialSort arrayReverse arrayDistinct arrayUniq arrayEnumerate arrayEnumerateUniq
  arrayCompact arrayFlatten flatten arraySlice arrayResize arrayPushBack arrayPushFront
  arrayPopBack arrayPopFront arrayZip arrayIntersect arrayUnion arraySymmetricDifference
  arrayCumSum arrayDifference arraySplit arrayJoin arrayFold arrayFill arrayJaccardIndex range
  emptyArrayString emptyArrayUInt8
  map mapFromArrays mapKeys mapValues mapContains mapContainsKey mapContainsKeyLike mapFilter
  mapApply mapAdd mapSubtract mapSort mapUpdate mapConcat mapExists mapAll untuple tupleNames
  tupleToNameValuePairs`)

const allowed = new Set(
  [
    ...operators,
    ...conditionals,
    ...aggregates,
    ...dates,
    ...strings,
    ...maths,
    ...collections
  ].map((name) => name.toLowerCase())
)
const aggregateNames = new Set(aggregates.map((name) => name.toLowerCase()))
const combinators = /(?:ornull|ordefault|distinct|array|map|foreach|if)$/

export function mayCall(name: string): boolean {
  const lower = name.toLowerCase()
  if (allowed.has(lower)) return true
  let base = lower
  while (combinators.test(base)) {
    base = base.replace(combinators, '')
    if (aggregateNames.has(base)) return true
  }
  return false
}
