"""Codes the generator emits: a fixed table of (kind, system, code, unit). Events hold positions in it.

Codes are those of codesets.yaml without dots; prefixes there become one or more concrete codes here.
"""

from typing import NamedTuple


class Code(NamedTuple):
    """One row of the code table."""

    kind: str
    system: str
    code: str
    unit: str


CODES: list[Code] = []


def _add(kind: str, system: str, codes: str, unit: str = "") -> tuple[int, ...]:
    """Append the blank-separated codes and return their positions."""
    first = len(CODES)
    CODES.extend(Code(kind, system, code, unit) for code in codes.split())
    return tuple(range(first, len(CODES)))


def _one(kind: str, system: str, code: str, unit: str = "") -> int:
    return _add(kind, system, code, unit)[0]


# ---- diagnoses, general practice and musculoskeletal professions (ICPC-2)
T1, T2 = _add("dx", "ICPC2", "T89 T90")
HYPERTENSION = _one("dx", "ICPC2", "K86")
HEART_FAILURE, AF = _add("dx", "ICPC2", "K77 K78")
ASCVD = _add("dx", "ICPC2", "K74 K75 K76 K90 K92")
COPD, ASTHMA = _add("dx", "ICPC2", "R95 R96")
DEPRESSION, ANXIETY, DEMENTIA, PSYCHOSIS = _add("dx", "ICPC2", "P76 P74 P70 P72")
SORE_THROAT = _add("dx", "ICPC2", "R72 R76")
COLD = _one("dx", "ICPC2", "R74")
OTHER_INFECTION = _add("dx", "ICPC2", "R75 R81 H71 U71 S76")
LOW_BACK = _add("dx", "ICPC2", "L84 L03")
NECK, RADIATING = _add("dx", "ICPC2", "L83 L86")
HIP_OA, KNEE_OA = _add("dx", "ICPC2", "L89 L90")
RED_FLAG = _one("dx", "ICPC2", "L95")
FOOT_ULCER = _one("dx", "ICPC2", "S97")
PREGNANCY = _one("dx", "ICPC2", "W78")
# ---- diagnoses, SKS
PALLIATIVE, CKD5 = _add("dx", "SKS", "DZ515 DN185")
RETINOPATHY = _one("dx", "SKS", "DH360")
GLAUCOMA = _one("dx", "SKS", "DH401")
SKS_DEPRESSION = _add("dx", "SKS", "DF321 DF331")
SKS_ANXIETY = _add("dx", "SKS", "DF401 DF410")
CARIES, PERIODONTITIS = _add("dx", "SKS", "DK021 DK053")
SPECIALITY_DX: dict[str, tuple[int, ...]] = {
    "eye": (GLAUCOMA,),
    "ear_nose_throat": _add("dx", "SKS", "DJ029 DJ039 DJ019 DH669"),
    "skin": _add("dx", "SKS", "DC449 DL010 DL039"),
    "gynaecology": _add("dx", "SKS", "DO260 DZ340"),
    "psychiatry": _add("dx", "SKS", "DF209 DF319 DF329 DF411"),
    "internal_medicine": _add("dx", "SKS", "DE119 DI109 DI500 DJ449"),
    "rheumatology": _add("dx", "SKS", "DM169 DM179 DM819"),
    "orthopaedics": _add("dx", "SKS", "DM171 DM161 DM545"),
    "surgery": _add("dx", "SKS", "DK590 DC189"),
    "neurology": _add("dx", "SKS", "DG459 DG309 DI639"),
    "paediatrics": _add("dx", "SKS", "DJ459 DJ069"),
}
SKS_PSYCHOSIS = SPECIALITY_DX["psychiatry"][:2]
# ---- laboratory and measurements
HBA1C, HBA1C_POCT = _add("lab", "NPU", "NPU27300 AAB00092", "mmol/mol")
CHOLESTEROL = _one("lab", "NPU", "NPU01566", "mmol/L")
LDL = _one("lab", "NPU", "NPU01568", "mmol/L")
UACR = _one("lab", "NPU", "NPU19661", "mg/g")
UACR_MMOL = _one("lab", "NPU", "NPU28842", "mg/mmol")
EGFR = _one("lab", "NPU", "DNK35302", "mL/min/1.73m2")
SBP, SBP_HOME = _add("lab", "NPU", "DNK05472 NPU57947", "mmHg")
DBP, DBP_HOME = _add("lab", "NPU", "DNK05473 NPU57948", "mmHg")
CRP = _one("lab", "NPU", "NPU19748", "mg/L")
WEIGHT = _one("lab", "NPU", "NPU03804", "kg")
STREP, SMOKING, MRC, EXACERBATIONS = _add("lab", "KIP", "STREPA RYGESTATUS MRC KOL_EKS")
FEV1 = _one("lab", "KIP", "FEV1PCT", "%")
FVC = _one("lab", "KIP", "FVC", "L")
EYE_EXAM, FOOT_EXAM, FOOT_STATUS, FOOT_RISK = _add("lab", "KIP", "OEJENUS FODUS FODSTATUS FODRISIKO")
DENTAL_RISK, DMFS, PERIO_CHART, START_BACK = _add("lab", "KIP", "TANDRISIKO DMFS PARODONT_US STARTBACK")
VISUAL_ACUITY = _one("lab", "KIP", "VISUS_BCVA")
# ---- questionnaires
PHQ9 = _one("prom", "LOINC", "44261-6")
GAD7 = _one("prom", "LOINC", "70274-6")
PSFS, RMDQ, PREM = _add("prom", "KIP", "PSFS RMDQ PREM")
# ---- medicine
METFORMIN, SGLT2, GLP1 = GLUCOSE_DRUGS = _add("med", "ATC", "A10BA02 A10BK03 A10BJ06")
STATINS = _add("med", "ATC", "C10AA05 C10AA01 C10AA07")
PRESSURE_DRUGS = _add("med", "ATC", "C09AA02 C08CA01 C03AA01 C09CA01 C07AB02")
ANTICOAGULANTS = _add("med", "ATC", "B01AF02 B01AF01 B01AE07 B01AA03")
SABA = _one("med", "ATC", "R03AC02")
LAMA, LABA = _add("med", "ATC", "R03BB04 R03AC13")
TRIPLE, LABA_ICS = _add("med", "ATC", "R03AL08 R03AK07")
ICS = _one("med", "ATC", "R03BA02")
PENICILLIN_V = _one("med", "ATC", "J01CE02")
BROAD = _add("med", "ATC", "J01CR02 J01MA02 J01DC02")
OTHER_ANTIBIOTICS = _add("med", "ATC", "J01CA04 J01CA08 J01FA09 J01FA06 J01XE01 J01EA01")
NSAID_FIRST = _add("med", "ATC", "M01AE01 M01AE02")
NSAID_OTHER = _add("med", "ATC", "M01AB05 M01AC06 M01AH01")
ANTIPSYCHOTICS = _add("med", "ATC", "N05AH04 N05AX08")
BENZODIAZEPINES = _add("med", "ATC", "N05CF01 N05BA04 N05CF02")
# Fourteen further groups, distinct in their first five characters, for people on ten or more medicines.
MANY_DRUGS = _add(
    "med",
    "ATC",
    "A02BC01 N02BE01 C10AA01 C07AB02 C09AA02 C03CA01 B01AC06 N06AB04 A12AA04 N03AX12 C08CA01 H03AA01 G04CA02 M05BA04",
)
# ---- services, contacts, letters, referrals, admissions, incidents
GP_VISITS = _add("contact", "YDELSE", "800101 800106")
CONTACT = _one("contact", "KIP", "KONTAKT")
YEARLY_REVIEW, MEDICINE_REVIEW, FALL_TEST, SMEAR = _add("svc", "KIP", "AARSSTATUS MEDGENNEMGANG FALDVURDERING CELLEPROEVE")
COURSE_START, STRUCTURED, COURSE_END, REASSESS = _add("svc", "KIP", "FORLOEB_START FORLOEB_STRUKT FORLOEB_SLUT REVURDERING")
SPINE_IMAGE, FLUORIDE, DENTAL_EXAM, BOOKED, ACUTE_TIME = _add("svc", "KIP", "BILLED_RYG FLUORLAK TAND_US TID_BESTILT TID_AKUT")
CATARACT = _add("svc", "SKS", "KCJE20 KCJC20")
HYSTERECTOMY = _one("svc", "KIP", "HYSTEREKTOMI")
REFERRED = _one("referral", "KIP", "HENV_MODTAGET")
WOUND_REFERRAL = _one("referral", "KIP", "HENV_SAAR")
DISCHARGE_LETTER, FOOT_LETTER = _add("letter", "KIP", "EPIKRISE FODSTATUS_BREV")
COPD_DISCHARGE, ADMISSION = _add("hosp", "KIP", "UDSKR_KOL INDL_AKUT")
AVOIDABLE = _add("hosp", "SKS", "DJ189 DN300 DE869 DK590 DJ159 DA099")
INCIDENT, INCIDENT_CLOSED = _add("uth", "KIP", "UTH UTH_LUKKET")
# ---- rows the intake must count and drop: no code, another code system, a code owned by one supplier
NO_CODE = len(CODES)
CODES.append(Code("dx", "ICPC2", "", ""))
OTHER_SYSTEM = _one("dx", "SNOMED", "44054006")
LOCAL_OWNER = _one("lab", "LOKAL", "BLODSUK_1", "mmol/L")
