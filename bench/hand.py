"""The rules of `subset.py` as a careful programmer would write them in Python, with three-valued helpers.

It shares no code with the engines, so that it can disagree with them. When one of these rules changes in the content,
this file must change with it; until then the benchmark says who differs and in which rule.
"""

from __future__ import annotations

from typing import Any

Truth = bool | None


def no(one: Truth) -> Truth:
    return None if one is None else not one


def both(*all_of: Truth) -> Truth:
    return False if False in all_of else None if None in all_of else True


def either(*any_of: Truth) -> Truth:
    return True if True in any_of else None if None in any_of else False


def over(one: int | None, limit: int) -> Truth:
    return None if one is None else one > limit


def under(one: int | None, limit: int) -> Truth:
    return None if one is None else one < limit


def among(one: str | None, *options: str) -> Truth:
    return None if one is None else one in options


def decide(p: dict[str, Any]) -> list[Truth]:
    """Each rule in the order of the subset: holds, does not, or is not known."""
    no_bone_word, no_spine_word = no(p["bone_clearance_given"]), no(p["spine_clearance_given"])
    no_oncologist = no(p["oncology_clearance_given"])
    no_cardiologist = no(p["cardiology_clearance_given"])
    no_surgeon = no(p["surgeon_clearance_given"])

    def systolic_from(limit: int) -> Truth:
        return both(p["systolic_measured"], over(p["systolic"], limit - 1))

    def diastolic_from(limit: int) -> Truth:
        return both(p["diastolic_measured"], over(p["diastolic"], limit - 1))

    def t_score_under(tenths: int) -> Truth:
        lowest = either(under(p["t_score_lowest"], tenths), under(p["t_score_so_far"], tenths))
        return both(p["bone_density_measured"], p["t_score_measured"], lowest)

    def platelets_under(limit: int) -> Truth:
        return both(p["platelets_measured"], under(p["platelets"], limit))

    def frax(major: int, hip: int) -> Truth:
        return either(
            both(p["frax_major_known"], over(p["frax_major"], major)),
            both(p["frax_hip_known"], over(p["frax_hip"], hip)),
        )

    def cobb_over(tenths: int) -> Truth:
        return both(p["cobb_measured"], over(p["cobb_angle"], tenths))

    def with_curve(*any_of: Truth) -> Truth:
        return both(p["scoliosis"], either(*any_of))

    back_pain = both(p["new_or_changed_back_pain"], no(p["back_pain_examined"]))
    minor = under(p["age"], 18)
    pressure_160 = either(systolic_from(160), diastolic_from(100))
    heart_attack = p["recent_heart_attack_or_stroke"]
    fracture_of_the_year = both(p["fragility_fracture"], under(p["months_since_fracture"], 13))
    left_thoracic = both(p["scoliosis"], among(p["curve_thoracic"], "left"))
    unmeasured = no(p["bone_density_measured"])
    return [
        minor,
        both(minor, either(no(p["guardian_consent_given"]), no(p["guardian_present"]))),
        either(no(p["can_give_consent"]), no(p["can_give_feedback"]), p["intoxicated"]),
        either(p["saddle_numbness"], p["bladder_bowel_sexual_change"], p["new_limb_weakness"]),
        p["suspected_clot"],
        either(p["chest_pain_or_breathless"], p["neck_artery_signs"]),
        both(either(systolic_from(180), diastolic_from(120)), p["high_pressure_symptoms"]),
        either(systolic_from(180), diastolic_from(110), p["high_pressure_symptoms"]),
        both(pressure_160, no(p["blood_pressure_clearance_given"])),
        pressure_160,
        either(both(p["systolic_measured"], under(p["systolic"], 90)), p["dizzy_now"]),
        both(back_pain, either(under(p["age"], 20), over(p["age"], 55))),
        both(
            back_pain,
            either(p["cancer_now"], p["cancer_past"], p["immunosuppressed"], p["takes_glucocorticoid"]),
        ),
        either(both(p["temperature_measured"], over(p["body_temperature"], 379)), p["feverish"]),
        both(p["past_clot"], under(p["months_since_clot_treatment"], 6)),
        platelets_under(50),
        either(platelets_under(10), both(platelets_under(20), no_oncologist)),
        both(either(p["unstable_heart_disease"], heart_attack), no_cardiologist),
        either(both(p["implanted_device"], no_cardiologist), both(p["organ_failure"], no(p["organ_clearance_given"]))),
        both(either(p["cancer_now"], p["bone_metastasis"]), no_oncologist),
        both(
            p["pregnant"],
            either(among(p["trimester"], "first"), p["high_risk_pregnancy"]),
            no(p["maternity_clearance_given"]),
        ),
        both(p["recent_surgery"], no_surgeon),
        either(
            p["aortic_aneurysm"],
            p["abdominal_surgery"],
            p["hernia"],
            p["enlarged_spleen"],
            p["active_ulcer"],
            p["abdominal_tumour"],
        ),
        both(
            p["takes_oral_bisphosphonate_60"], p["takes_oral_bisphosphonate"], under(p["minutes_since_bone_tablet"], 60)
        ),
        both(p["clot_raising_hormone"], either(p["past_clot"], heart_attack, p["heart_attack_or_stroke_ever"])),
        p["takes_anticoagulant"],
        p["takes_opioid"],
        both(p["takes_chemotherapy"], under(p["hours_since_chemotherapy"], 72)),
        t_score_under(-10),
        t_score_under(-24),
        frax(199, 29),
        t_score_under(-30),
        both(
            either(
                p["fragility_fracture"],
                both(p["takes_glucocorticoid"], p["glucocorticoid_long"]),
                t_score_under(-30),
                frax(300, 45),
                both(p["takes_denosumab"], over(p["months_since_denosumab"], 6)),
            ),
            no_bone_word,
        ),
        fracture_of_the_year,
        both(p["fracture_in_hip"], fracture_of_the_year, no_bone_word),
        both(p["tallest_height_known"], over(p["height_lost"], 39), no(p["fracture_work_up_done"])),
        both(over(p["age"], 64), among(p["sex"], "female", "other"), unmeasured),
        both(over(p["age"], 69), unmeasured),
        p["scoliosis"],
        with_curve(cobb_over(200)),
        both(left_thoracic, either(cobb_over(200), p["still_growing"], no(p["cobb_measured"]))),
        both(
            no_spine_word,
            with_curve(
                cobb_over(400),
                p["scoliosis_congenital"],
                p["scoliosis_neuromuscular"],
                p["scoliosis_syndromic"],
                p["breathless_with_curve"],
                both(p["scoliosis_degenerative"], p["leg_symptoms_standing"]),
            ),
        ),
        both(p["fusion_done"], under(p["months_since_fusion"], 6), no_surgeon),
        both(left_thoracic, no_spine_word),
        with_curve(p["curve_nerve_signs"], p["curve_gait_change"], p["curve_reflex_change"]),
        both(p["scoliosis"], over(p["age"], 49), unmeasured),
    ]
