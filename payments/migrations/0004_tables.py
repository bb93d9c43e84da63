from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('payments', '0003_agents'),
    ]

    operations = [
        migrations.AlterField(
            model_name='journal',
            name='kind',
            field=models.CharField(choices=[('charge', 'Charge'), ('void', 'Void'), ('comp', 'Comp'), ('tip', 'Tip'), ('freeze', 'Freeze'), ('reopen', 'Reopen'), ('payment', 'Payment'), ('refund', 'Refund'), ('dispute', 'Dispute'), ('tip_for', 'tip handed over'), ('close', 'close tab'), ('move_out', 'moved to another tab'), ('move_in', 'moved from another tab')], max_length=8),
        ),
    ]
